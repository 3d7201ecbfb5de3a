package com.mloptimizer.agent.ws;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer other than 101 to the upgrade. The library forgets its headers.
 *
 * @param status of the answer
 * @param retryAfter the backend's wish, if it gave one in seconds; at most an hour
 */
record UpgradeRefusal(int status, @Nullable Duration retryAfter) {
  private static final int MAX_SECONDS = 3600;

  /** Whether the key is not taken, so that asking again soon is of no use. */
  boolean unauthorized() {
    return status == 401 || status == 403;
  }

  /** Reads a head up to its empty line; nothing if it is a 101 or no HTTP at all. */
  static Optional<UpgradeRefusal> parse(ByteBuffer head) {
    String[] lines = StandardCharsets.ISO_8859_1.decode(head).toString().split("\r\n", -1);
    if (!lines[0].matches("HTTP/1\\.[01] [2-5][0-9]{2}( .*)?")) {
      return Optional.empty();
    }
    @Nullable Duration retryAfter = null;
    for (String line : lines) {
      String field = line.toLowerCase(Locale.ROOT);
      if (field.startsWith("retry-after:")) {
        retryAfter = seconds(field.substring("retry-after:".length()).strip());
      }
    }
    return Optional.of(new UpgradeRefusal(Integer.parseInt(lines[0].substring(9, 12)), retryAfter));
  }

  private static @Nullable Duration seconds(String value) {
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    int seconds = value.length() > 4 ? MAX_SECONDS : Integer.parseInt(value);
    return Duration.ofSeconds(Math.min(seconds, MAX_SECONDS));
  }
}
