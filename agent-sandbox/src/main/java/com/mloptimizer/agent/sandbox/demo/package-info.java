/**
 * The demo: an embedded cluster (or a real one), the reference backend with its console, and the
 * real agent as the separate process that it is.
 */
package com.mloptimizer.agent.sandbox.demo;
