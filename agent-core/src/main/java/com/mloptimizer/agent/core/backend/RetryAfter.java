package com.mloptimizer.agent.core.backend;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** The {@code Retry-After} header in both of its forms (RFC 9110, section 10.2.3). */
public final class RetryAfter {
  /** No wish is honoured for longer. */
  public static final Duration CAP = Duration.ofHours(1);

  private RetryAfter() {}

  /** How long to wait, between nothing and an hour; null if the header is absent or unreadable. */
  public static @Nullable Duration parse(@Nullable String header, Instant now) {
    if (header == null || header.isBlank()) {
      return null;
    }
    String value = header.strip();
    if (value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      // Whatever has more than four digits is past the cap; longer ones would not fit a long.
      return value.length() > 4 ? CAP : capped(Duration.ofSeconds(Long.parseLong(value)));
    }
    try {
      Instant at = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return capped(Duration.between(now, at));
    } catch (DateTimeException e) {
      return null;
    }
  }

  private static Duration capped(Duration wish) {
    if (wish.isNegative()) {
      return Duration.ZERO;
    }
    return wish.compareTo(CAP) > 0 ? CAP : wish;
  }
}
