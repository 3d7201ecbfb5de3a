/**
 * How log lines look: text as {@code time - component - LEVEL - message}, or one JSON object a
 * line; the level can be changed while the agent runs.
 */
package com.mloptimizer.agent.main.logging;
