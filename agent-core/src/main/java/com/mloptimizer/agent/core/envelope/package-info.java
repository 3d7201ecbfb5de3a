/**
 * Why the agent believes a message: DSSE envelopes (secure-systems-lab/dsse, protocol 1.0.0) signed
 * with HMAC-SHA256. The signature covers the very bytes that were sent, and nothing of them is
 * parsed before it was verified; see docs/adr/0005.
 */
package com.mloptimizer.agent.core.envelope;
