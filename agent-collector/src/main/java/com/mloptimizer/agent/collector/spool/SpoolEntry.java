package com.mloptimizer.agent.collector.spool;

/**
 * The oldest entry that waits.
 *
 * @param segment the number of its segment
 * @param offset where it begins in there
 * @param end where it ends
 * @param payload what was appended; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by position alone, and never by callers.
public record SpoolEntry(long segment, long offset, long end, byte[] payload) {}
