/**
 * {@code agent check}: looks at everything that the agent needs, changes nothing, and says what to
 * do about what is missing.
 */
package com.mloptimizer.agent.main.check;
