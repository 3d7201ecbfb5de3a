/**
 * What the embedded cluster remembers. {@link
 * com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds} lists the kinds of objects that exist,
 * {@link com.mloptimizer.agent.sandbox.cluster.store.ObjectStore} keeps the objects under one
 * growing resourceVersion together with a bounded history of changes, and {@link
 * com.mloptimizer.agent.sandbox.cluster.store.Deletion} knows what Kubernetes means by deleting.
 * Both the API and the simulated controllers work on the same store; stored objects are never
 * mutated, an edit works on a copy.
 */
package com.mloptimizer.agent.sandbox.cluster.store;
