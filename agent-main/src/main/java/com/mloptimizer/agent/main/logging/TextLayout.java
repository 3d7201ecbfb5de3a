package com.mloptimizer.agent.main.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import com.mloptimizer.agent.core.protocol.OneLine;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Map;

/**
 * {@code TIME - COMPONENT - LEVEL - MESSAGE [action ID]}, and a stack trace if there is one. Time
 * is UTC; the component is told by the package of the logger. The message is one line, whatever it
 * quotes: others' answers cannot forge lines. A layout of our own, since logback's patterns load a
 * hundred classes for the same.
 */
final class TextLayout extends LayoutBase<ILoggingEvent> {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
  private static final Map<String, String> COMPONENTS =
      Map.of(
          "com.mloptimizer.agent.collector.", "collector",
          "com.mloptimizer.agent.actuator.", "actuator",
          "com.mloptimizer.agent.heartbeat.", "heartbeat",
          "com.mloptimizer.agent.ws.", "websocket");

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(160);
    TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), line);
    line.append(" - ").append(component(event.getLoggerName()));
    line.append(" - ").append(event.getLevel());
    line.append(" - ").append(OneLine.of(event.getFormattedMessage()));
    String action = event.getMDCPropertyMap().get("action");
    if (action != null) {
      line.append(" [action ").append(action).append(']');
    }
    line.append('\n');
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString();
  }

  private static String component(String logger) {
    return COMPONENTS.entrySet().stream()
        .filter(component -> logger.startsWith(component.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("agent");
  }
}
