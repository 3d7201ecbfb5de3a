package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import tools.jackson.databind.node.ObjectNode;

/** What a handler makes of an object that it has read. Deciding touches nothing. */
sealed interface Decision {

  /** Nothing is to be written: it is so already, or something forbids it. */
  record End(Conclusion conclusion) implements Decision {}

  /**
   * One request carries the whole difference.
   *
   * @param request what is written; a dry run sends the same with the server's own dry run
   * @param plan the sentence for a dry run, for example {@code node a would be cordoned}
   * @param done the sentence for afterwards, for example {@code cordoned node a}
   * @param details before and after values
   */
  record Write(ApiRequest request, String plan, String done, ObjectNode details)
      implements Decision {}
}
