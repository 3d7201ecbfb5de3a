package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.guardrail.ActionPermit;
import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.handler.ActionMemory;
import com.mloptimizer.agent.actuator.handler.Clearance;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import tools.jackson.databind.node.JsonNodeFactory;

/** Here, because only here is a logging library with a context. */
@Timeout(30)
class ActionLogContextTest {
  @Test
  void fanOut_threadsOfAnAction_logUnderItsId() throws Exception {
    ActionContext context =
        new ActionContext(
            new ActionId("act-1"),
            Instant.EPOCH,
            null,
            false,
            Instant.MAX,
            InstantSource.system(),
            new StopSignal(),
            (_, _) -> {},
            new ActionMemory(JsonNodeFactory.instance.objectNode(), _ -> {}, Ticker.system()),
            ActionPermit.unlimited(),
            Clearance.ofAll());
    try (ExecutorService threads = context.fanOut()) {
      Future<String> seen = threads.submit(() -> MDC.get("action"));
      assertThat(seen.get()).isEqualTo("act-1");
    }
    assertThat(MDC.get("action")).isNull();
  }
}
