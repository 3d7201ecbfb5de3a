/**
 * A queue of batches on disk, for what must outlast a backend that is away and a process that is
 * killed, but is not worth more than a bounded amount of disk. A folder holds segments of about a
 * MiB; a segment holds entries, each with its length and a CRC32C. What is damaged costs itself and
 * never the process: a torn tail is cut, a flipped bit loses one entry, a segment whose framing is
 * lost is set aside, a full disk drops what is new and says so, and past its bound the oldest
 * segment goes. A lock keeps a second process out. Entries are not forced to the disk itself: they
 * survive the process, not the node.
 */
package com.mloptimizer.agent.collector.spool;
