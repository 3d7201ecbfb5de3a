/**
 * Of several replicas one leads. They share a {@code Lease}: its holder renews it, the others watch
 * whether it changes, and the first to see that it has not for as long as it is good takes it over.
 * A {@link com.mloptimizer.agent.main.leadership.LeaderElector} plays this game on a thread of its
 * own, by the rules of client-go's leaderelection; its {@link
 * com.mloptimizer.agent.main.leadership.LeaderFence} stands before every write to the cluster and
 * falls before anybody else can lead, whether or not this process gets to know. What was lost is
 * not won back: the process exits and is started anew. See docs/adr/0013.
 */
package com.mloptimizer.agent.main.leadership;
