/**
 * What somebody who asks for help sends along: {@link
 * com.mloptimizer.agent.main.support.BundleArchive} gathers what the running agent knows of itself,
 * {@link com.mloptimizer.agent.main.support.Redaction} goes over every byte of it, and {@link
 * com.mloptimizer.agent.main.support.StatusText} is the status page for a terminal, and {@link
 * com.mloptimizer.agent.main.support.Unreachable} finds words for who cannot be reached.
 */
package com.mloptimizer.agent.main.support;
