/**
 * The process: its commands, its composition root and its exit codes. {@link
 * com.mloptimizer.agent.main.Main} is the command line, {@link com.mloptimizer.agent.main.Agent}
 * puts the parts together.
 */
package com.mloptimizer.agent.main;
