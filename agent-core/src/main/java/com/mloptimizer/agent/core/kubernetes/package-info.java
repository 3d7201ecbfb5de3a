/**
 * The way to the API server. The official client finds the configuration, authenticates and speaks
 * TLS; what travels is our own: a request is a {@link
 * com.mloptimizer.agent.core.kubernetes.ApiRequest}, an answer a status code and a JSON tree, and
 * lists and watches are parsed from the stream, object by object, into records that hold only what
 * the agent uses. An unknown field is skipped, so a cluster that was upgraded past what anybody
 * knew when this was written stays readable, and a list of any length costs the memory of one
 * object.
 *
 * <p>An HTTP answer, whatever its status, is a value; an {@link java.io.IOException} means that
 * there was none. Nothing here retries (but for one fresh token after a 401): that is the caller's
 * decision, who knows whether repeating is safe.
 */
package com.mloptimizer.agent.core.kubernetes;
