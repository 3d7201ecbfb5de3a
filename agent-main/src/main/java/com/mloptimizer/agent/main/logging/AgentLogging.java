package com.mloptimizer.agent.main.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import com.mloptimizer.agent.core.config.AgentConfiguration.LogFormat;
import org.slf4j.LoggerFactory;

/**
 * Sets up logging to standard output, in place of a configuration file, and remembers the last
 * lines.
 */
public final class AgentLogging {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final LogRing ring = new LogRing(textLayout());

  private AgentLogging() {}

  /** Configures; what was logged before went wherever logback's default goes. */
  public static AgentLogging configure(LogFormat format, String level) {
    AgentLogging logging = new AgentLogging();
    logging.install(format);
    logging.setLevel(level);
    return logging;
  }

  /** Changes the level of the agent's own lines; libraries speak up from WARN on. */
  public void setLevel(String level) {
    context.getLogger("com.mloptimizer").setLevel(Level.toLevel(level));
  }

  /** The last lines as text, the oldest first. */
  public String recentLines() {
    return ring.text();
  }

  /** Writes out what is buffered; nothing is logged afterwards. */
  public void close() {
    context.stop();
  }

  private void install(LogFormat format) {
    context.reset();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setEncoder(
        switch (format) {
          case TEXT -> text();
          case JSON -> json();
        });
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.WARN);
    root.addAppender(appender);
    ring.setContext(context);
    ring.start();
    root.addAppender(ring);
    // It logs what the peer does as its own errors; what matters of it comes back as the reason
    // why a connection ended, and is logged once by the agent.
    context.getLogger("org.java_websocket").setLevel(Level.OFF);
  }

  private TextLayout textLayout() {
    TextLayout layout = new TextLayout();
    layout.setContext(context);
    layout.start();
    return layout;
  }

  private Encoder<ILoggingEvent> text() {
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(textLayout());
    encoder.start();
    return encoder;
  }

  private Encoder<ILoggingEvent> json() {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    encoder.start();
    return encoder;
  }
}
