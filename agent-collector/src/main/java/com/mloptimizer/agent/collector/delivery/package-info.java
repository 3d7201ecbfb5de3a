/**
 * From records to the backend: {@link com.mloptimizer.agent.collector.delivery.BatchWriter} packs
 * them into numbered batches and puts these into the spool, {@link
 * com.mloptimizer.agent.collector.delivery.BatchSender} takes them out, oldest first, and does with
 * each what the backend's answer asks for (protocol section 1).
 */
package com.mloptimizer.agent.collector.delivery;
