package com.mloptimizer.agent.main.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;

class AgentLoggingTest {

  @Test
  void ring_moreThanItHolds_keepsTheLastLines() {
    LoggerContext context = new LoggerContext();
    PatternLayout layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern("%level %msg%n");
    layout.start();
    LogRing ring = new LogRing(layout);
    ring.setContext(context);
    ring.start();

    for (int i = 0; i < 3000; i++) {
      ring.doAppend(
          new LoggingEvent(
              "x", context.getLogger("x"), Level.INFO, i + "x".repeat(200), null, null));
    }
    ring.doAppend(
        new LoggingEvent(
            "x", context.getLogger("x"), Level.WARN, "long ".repeat(10_000), null, null));

    assertThat(ring.text().length()).isLessThanOrEqualTo(256 << 10);
    assertThat(ring.text()).contains("INFO 2999x").doesNotContain("INFO 1x").endsWith("[cut]\n");
  }
}
