/**
 * What the agent may do in the cluster: every permission that a feature needs stands in one
 * catalogue, the API server is asked about each ({@code SelfSubjectAccessReview}), and the agent
 * announces to the backend only what it may do.
 */
package com.mloptimizer.agent.main.permission;
