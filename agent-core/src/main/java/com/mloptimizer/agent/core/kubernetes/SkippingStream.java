package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/**
 * JSON in UTF-8 in which the objects and arrays of some fields, wherever they stand, are replaced
 * by {@code 0}. A JSON parser that skips a value still keeps the names in it for as long as it
 * lives, a watch's for minutes, and those of {@code managedFields} have no end: every pod brings
 * some of its own. Here they are gone before a parser sees them. What is no JSON comes through as
 * something that is none either.
 *
 * <p>Works in the reader's own buffer and looks no further ahead than what has come, so that an
 * event of a watch is not held up. For one thread.
 */
final class SkippingStream extends InputStream {

  private static final int LONGEST_NAME = 16;

  private enum State {
    BETWEEN,
    TEXT,
    /** Behind a text that may turn out to be a field's name. */
    AFTER_NAME,
    BEFORE_VALUE,
    SKIPPED,
    SKIPPED_TEXT
  }

  private final InputStream json;
  private final byte[][] names;
  private final byte[] text = new byte[LONGEST_NAME];
  private State state = State.BETWEEN;
  private int textLength;
  private boolean escaped;
  private int depth;

  SkippingStream(InputStream json, Collection<String> names) {
    this.json = json;
    this.names =
        names.stream().map(name -> name.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int kept = 0;
    while (kept == 0) {
      int read = json.read(buffer, offset, length);
      if (read <= 0) {
        return read;
      }
      kept = filter(buffer, offset, offset + read) - offset;
    }
    return kept;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public void close() throws IOException {
    json.close();
  }

  /** Moves what stays to the front; answers where it ends. */
  private int filter(byte[] buffer, int from, int to) {
    int kept = from;
    int at = from;
    while (at < to) {
      int begin = at;
      boolean skipping = state == State.SKIPPED || state == State.SKIPPED_TEXT;
      at =
          switch (state) {
            case BETWEEN -> between(buffer, at, to);
            case TEXT -> inText(buffer, at, to);
            case AFTER_NAME -> afterName(buffer, at, to);
            case BEFORE_VALUE -> beforeValue(buffer, at, to);
            case SKIPPED -> inSkipped(buffer, at, to);
            case SKIPPED_TEXT -> inSkippedText(buffer, at, to);
          };
      if (!skipping) {
        if (kept != begin) {
          System.arraycopy(buffer, begin, buffer, kept, at - begin);
        }
        kept += at - begin;
      }
    }
    return kept;
  }

  /** To behind the next quotation mark. Like all of these it answers how far it came. */
  private int between(byte[] buffer, int from, int to) {
    for (int at = from; at < to; at++) {
      if (buffer[at] == '"') {
        textLength = 0;
        escaped = false;
        state = State.TEXT;
        return at + 1;
      }
    }
    return to;
  }

  private int inText(byte[] buffer, int from, int to) {
    int end = endOfText(buffer, from, to);
    int here = Math.min(end - from, LONGEST_NAME - textLength);
    if (here > 0) {
      System.arraycopy(buffer, from, text, textLength, here);
    }
    // One that is too long, or has something escaped in it, is no name.
    textLength = Math.min(LONGEST_NAME, textLength + (end - from));
    if (end == to) {
      return to;
    }
    state = isName() ? State.AFTER_NAME : State.BETWEEN;
    return end + 1;
  }

  /** Where the text's last quotation mark is; the end of the buffer if it is not in there. */
  private int endOfText(byte[] buffer, int from, int to) {
    for (int at = from; at < to; at++) {
      byte each = buffer[at];
      if (escaped) {
        escaped = false;
      } else if (each == '"') {
        return at;
      } else if (each == '\\') {
        escaped = true;
      }
    }
    return to;
  }

  private int afterName(byte[] buffer, int from, int to) {
    int at = behindSpace(buffer, from, to);
    if (at == to) {
      return to;
    }
    state = buffer[at] == ':' ? State.BEFORE_VALUE : State.BETWEEN;
    return state == State.BETWEEN ? at : at + 1;
  }

  private int beforeValue(byte[] buffer, int from, int to) {
    int at = behindSpace(buffer, from, to);
    if (at == to) {
      return to;
    }
    if (buffer[at] == '[' || buffer[at] == '{') {
      buffer[at] = '0';
      depth = 1;
      state = State.SKIPPED;
      return at + 1;
    }
    state = State.BETWEEN;
    return at;
  }

  private static int behindSpace(byte[] buffer, int from, int to) {
    int at = from;
    while (at < to && isSpace(buffer[at])) {
      at++;
    }
    return at;
  }

  private boolean isName() {
    for (byte[] name : names) {
      if (textLength == name.length && Arrays.equals(text, 0, textLength, name, 0, textLength)) {
        return true;
      }
    }
    return false;
  }

  private int inSkipped(byte[] buffer, int from, int to) {
    for (int at = from; at < to; at++) {
      switch (buffer[at]) {
        case '"' -> {
          escaped = false;
          state = State.SKIPPED_TEXT;
          return at + 1;
        }
        case '[', '{' -> depth++;
        case ']', '}' -> {
          depth--;
          if (depth == 0) {
            state = State.BETWEEN;
            return at + 1;
          }
        }
        default -> {}
      }
    }
    return to;
  }

  private int inSkippedText(byte[] buffer, int from, int to) {
    int end = endOfText(buffer, from, to);
    if (end == to) {
      return to;
    }
    state = State.SKIPPED;
    return end + 1;
  }

  private static boolean isSpace(byte each) {
    return each == ' ' || each == '\n' || each == '\r' || each == '\t';
  }
}
