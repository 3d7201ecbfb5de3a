package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.action.ActionParameters;

/**
 * Carries out one type of action.
 *
 * @param <P> its parameters
 */
interface ActionHandler<P extends ActionParameters> {

  /**
   * Does what the parameters ask for, or finishes what an earlier attempt began.
   *
   * @throws ActionEndedException if the action came to an end on the way
   * @throws SuspendedException if the agent stops first
   */
  Conclusion handle(P parameters, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException;
}
