/**
 * What the backend may ask for and what it hears back: an {@link
 * com.mloptimizer.agent.core.action.Action} is read strictly from bytes whose signature was
 * verified, its parameters are one record a type, and every action ends in an {@link
 * com.mloptimizer.agent.core.action.ActionResult}. Nothing here touches the cluster.
 */
package com.mloptimizer.agent.core.action;
