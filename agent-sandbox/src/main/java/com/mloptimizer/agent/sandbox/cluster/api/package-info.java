/**
 * The Kubernetes API over HTTP, as far as an agent and kubectl use it. {@link
 * com.mloptimizer.agent.sandbox.cluster.api.ApiServer} routes a call: discovery and the like are
 * answered at once, everything else names a kind of the table in {@code ResourceKinds} and goes to
 * the generic verbs, or to the one class that knows a subresource. Answers, errors included, have
 * the form that the real server gives them; where the form was in doubt, a real server was asked.
 */
package com.mloptimizer.agent.sandbox.cluster.api;
