package com.mloptimizer.agent.core.protocol;

/**
 * Texts from outside made fit for a line of a log, an event or a terminal: they cannot end the line
 * and begin another one that passes for ours, nor move the cursor, nor turn the reading direction.
 */
public final class OneLine {

  private OneLine() {}

  /** The text with a space in place of each control, format and line-separating character. */
  public static String of(String text) {
    StringBuilder line = new StringBuilder(text);
    for (int i = 0; i < line.length(); i++) {
      if (isUnfit(line.charAt(i))) {
        line.setCharAt(i, ' ');
      }
    }
    return line.toString();
  }

  private static boolean isUnfit(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
