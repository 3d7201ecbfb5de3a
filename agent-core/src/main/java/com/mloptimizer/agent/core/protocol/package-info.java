/**
 * The wire between agent and backend, version 1: one record a message, frame and metric, named and
 * typed as the protocol reference has them, and the codec that turns them into JSON and back. CPU
 * is in millicores, memory in bytes, durations in seconds, times are UTC. Signed envelopes pass
 * through here as the exact bytes that came in; what they mean is {@link
 * com.mloptimizer.agent.core.envelope}'s business.
 */
package com.mloptimizer.agent.core.protocol;
