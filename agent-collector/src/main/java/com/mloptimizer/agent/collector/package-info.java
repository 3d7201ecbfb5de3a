/**
 * Observes the cluster and tells the backend. Each cycle joins what the watches know with one
 * sample of metrics.k8s.io into records, and the records into batches that go to a spool on disk; a
 * thread of its own delivers from there, so that no cycle ever waits for the backend. Whatever is
 * missing, be it a forbidden resource, the metrics API or the backend, costs what depends on it and
 * no more: the component says that it is degraded, and why.
 */
package com.mloptimizer.agent.collector;
