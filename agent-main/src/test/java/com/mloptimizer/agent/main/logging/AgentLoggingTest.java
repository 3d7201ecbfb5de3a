package com.mloptimizer.agent.main.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class AgentLoggingTest {

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final TextLayout layout = new TextLayout();

  @Test
  void layout_actionAndException_tellTimeComponentAndTrace() {
    LoggingEvent event =
        event(
            "com.mloptimizer.agent.actuator.Inbox",
            Level.WARN,
            "No luck with {}",
            new IllegalStateException("why", new IOException("deep")),
            "node-1");
    event.setInstant(Instant.parse("2026-11-21T00:00:00.120456Z"));
    event.setMDCPropertyMap(Map.of("action", "act-7"));

    assertThat(layout.doLayout(event))
        .startsWith(
            "2026-11-21T00:00:00.120Z - actuator - WARN - No luck with node-1 [action act-7]\n"
                + "java.lang.IllegalStateException: why\n\tat ")
        .contains("\nCaused by: java.io.IOException: deep\n")
        .endsWith("\n");
  }

  @Test
  void layout_lineBreaksInAnArgument_stayInTheLine() {
    LoggingEvent event =
        event(
            "x",
            Level.WARN,
            "Refused: {}",
            new IllegalStateException("why"),
            "no\n2026-01-01T00:00:00.000Z - agent - INFO - forged\u2028\r\u001b[2J");

    assertThat(layout.doLayout(event))
        .contains(
            " - WARN - Refused: no 2026-01-01T00:00:00.000Z - agent - INFO - forged   [2J\n"
                + "java.lang.IllegalStateException: why\n\tat ");
  }

  @ParameterizedTest
  @CsvSource({
    "com.mloptimizer.agent.collector.cluster.Reflector, collector",
    "com.mloptimizer.agent.ws.WebSocketComponent, websocket",
    "com.mloptimizer.agent.heartbeat.HealthServer, heartbeat",
    "com.mloptimizer.agent.wsx.Other, agent",
    "org.library.Thing, agent"
  })
  void layout_logger_tellsItsComponent(String logger, String component) {
    assertThat(layout.doLayout(event(logger, Level.INFO, "text", null)))
        .endsWith("Z - " + component + " - INFO - text\n");
  }

  @Test
  void ring_moreThanItHolds_keepsTheLastLines() {
    LogRing ring = new LogRing(layout);
    ring.setContext(context);
    ring.start();

    for (int i = 0; i < 3000; i++) {
      ring.doAppend(event("x", Level.INFO, i + "x".repeat(200), null));
    }
    ring.doAppend(event("x", Level.WARN, "long ".repeat(10_000), null));

    assertThat(ring.text().length()).isLessThanOrEqualTo(256 << 10);
    assertThat(ring.text())
        .contains("INFO - 2999x")
        .doesNotContain("INFO - 1x")
        .endsWith("[cut]\n");
  }

  private LoggingEvent event(
      String logger,
      Level level,
      String message,
      @Nullable Throwable throwable,
      Object... arguments) {
    return new LoggingEvent("x", context.getLogger(logger), level, message, throwable, arguments);
  }
}
