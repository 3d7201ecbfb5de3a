package com.mloptimizer.agent.main.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.Layout;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The last lines of the log as text, whatever the format of the standard output. Bounded in
 * characters, since a stack trace is longer than a line.
 */
final class LogRing extends AppenderBase<ILoggingEvent> {
  private static final int CAPACITY_CHARS = 256 << 10;
  private static final int LONGEST_CHARS = 16 << 10;

  private final Layout<ILoggingEvent> layout;

  // Both guarded by lines.
  private final Deque<String> lines = new ArrayDeque<>();
  private int chars;

  LogRing(Layout<ILoggingEvent> layout) {
    this.layout = layout;
  }

  @Override
  protected void append(ILoggingEvent event) {
    String text = layout.doLayout(event);
    String line =
        text.length() <= LONGEST_CHARS ? text : text.substring(0, LONGEST_CHARS) + "[cut]\n";
    synchronized (lines) {
      lines.addLast(line);
      chars += line.length();
      while (chars > CAPACITY_CHARS) {
        chars -= lines.removeFirst().length();
      }
    }
  }

  /** All of them, the oldest first. */
  String text() {
    synchronized (lines) {
      return String.join("", lines);
    }
  }
}
