package com.mloptimizer.agent.main.support;

import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Masks what must not leave. Nothing here logs secrets; this is the second line of defence, for
 * what others put into messages: the secrets that are known, and what looks like one.
 */
public final class Redaction {
  private static final String MASK = "***";

  /** Shorter ones, a test's "a" for example, would be found everywhere. */
  private static final int SHORTEST_CHARS = 4;

  private static final List<Pattern> SUSPICIOUS =
      List.of(
          // What comes before a match is kept, by a group or by looking behind.
          Pattern.compile("(?i)(?<=\\bbearer[ /])[^\\s\"/,]+"),
          Pattern.compile("(?<=://)[^/\\s\"@]+(?=@)"),
          Pattern.compile("eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*"),
          Pattern.compile(
              "(?i)(?<=[?&](?:token|key|secret|password|api_key|access_token)=)[^&\\s\"]+"),
          Pattern.compile(
              "-----BEGIN [A-Z ]*PRIVATE KEY-----[\\s\\S]*?-----END [A-Z ]*PRIVATE KEY-----"));

  private final List<Supplier<String>> secrets;

  /**
   * Masks these, too.
   *
   * @param secrets asked anew each time, since keys are rotated
   */
  public Redaction(List<Supplier<String>> secrets) {
    this.secrets = List.copyOf(secrets);
  }

  /** The text without them. */
  public String apply(String text) {
    String masked = text;
    for (Supplier<String> secret : secrets) {
      String value = secret.get();
      if (value.length() >= SHORTEST_CHARS) {
        masked = masked.replace(value, MASK);
      }
    }
    for (Pattern pattern : SUSPICIOUS) {
      masked = pattern.matcher(masked).replaceAll(MASK);
    }
    return masked;
  }
}
