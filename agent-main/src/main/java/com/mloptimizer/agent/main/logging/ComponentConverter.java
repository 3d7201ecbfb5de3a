package com.mloptimizer.agent.main.logging;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Map;

/** Says which component a line comes from, by the package of its logger. */
public final class ComponentConverter extends ClassicConverter {
  private static final Map<String, String> COMPONENTS =
      Map.of(
          "com.mloptimizer.agent.collector", "collector",
          "com.mloptimizer.agent.actuator", "actuator",
          "com.mloptimizer.agent.heartbeat", "heartbeat",
          "com.mloptimizer.agent.ws", "websocket");

  @Override
  public String convert(ILoggingEvent event) {
    String logger = event.getLoggerName();
    for (var component : COMPONENTS.entrySet()) {
      if (logger.startsWith(component.getKey() + ".")) {
        return component.getValue();
      }
    }
    return "agent";
  }
}
