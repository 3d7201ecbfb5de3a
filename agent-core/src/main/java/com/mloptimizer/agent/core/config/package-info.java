/**
 * What can be configured: every variable is declared once, read from flags, environment and file at
 * start, and checked as a whole; the few that the backend may tune at run time are {@link
 * com.mloptimizer.agent.core.config.TunableSettings}.
 */
package com.mloptimizer.agent.core.config;
