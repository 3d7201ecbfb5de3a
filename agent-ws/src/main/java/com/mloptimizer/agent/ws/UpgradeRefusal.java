package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.backend.RetryAfter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer other than 101 to the upgrade. The library forgets its headers.
 *
 * @param status of the answer
 * @param retryAfter the header as the backend sent it, if it did
 */
record UpgradeRefusal(int status, @Nullable String retryAfter) {

  /** Whether the key is not taken, so that asking again soon is of no use. */
  boolean unauthorized() {
    return status == 401 || status == 403;
  }

  /** How long the backend wishes the agent to stay away; nothing if it does not say. */
  Duration stayAway(Instant now) {
    Duration wish = RetryAfter.parse(retryAfter, now);
    return wish == null ? Duration.ZERO : wish;
  }

  /** Reads a head up to its empty line; nothing if it is a 101 or no HTTP at all. */
  static Optional<UpgradeRefusal> parse(ByteBuffer head) {
    String[] lines = StandardCharsets.ISO_8859_1.decode(head).toString().split("\r\n", -1);
    if (!lines[0].matches("HTTP/1\\.[01] [2-5][0-9]{2}( .*)?")) {
      return Optional.empty();
    }
    @Nullable String retryAfter = null;
    for (String line : lines) {
      if (line.toLowerCase(Locale.ROOT).startsWith("retry-after:")) {
        retryAfter = line.substring("retry-after:".length());
      }
    }
    return Optional.of(new UpgradeRefusal(Integer.parseInt(lines[0].substring(9, 12)), retryAfter));
  }
}
