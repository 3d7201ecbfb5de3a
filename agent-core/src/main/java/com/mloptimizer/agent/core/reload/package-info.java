/**
 * What the agent reads from files that change under it: keys, certificates, the API key. There is
 * one rule for all of them: what was read last stays in force until something better can be read,
 * and that something could not be read is said once, and counted every time.
 */
package com.mloptimizer.agent.core.reload;
