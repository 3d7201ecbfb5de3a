package com.mloptimizer.agent.core.config;

import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.TextStyle;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A window that comes back every week, during which nothing that changes the cluster starts.
 *
 * @param name for messages
 * @param from when it begins, by the zone's wall clock
 * @param to when it is over; not after {@code from} means on the next day, so that equal times are
 *     a whole day
 * @param weekdays the days on which it begins
 * @param zone whose wall clock it is
 */
public record FreezeSchedule(
    String name, LocalTime from, LocalTime to, Set<DayOfWeek> weekdays, ZoneId zone) {
  public FreezeSchedule {
    weekdays = Set.copyOf(weekdays);
  }

  /** For example {@code weekend (Sat, Sun 00:00-00:00 Europe/Berlin)}. */
  @Override
  public String toString() {
    String days =
        weekdays.size() == DayOfWeek.values().length
            ? "daily"
            : new TreeSet<>(weekdays)
                .stream()
                    .map(day -> day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH))
                    .collect(Collectors.joining(", "));
    return "%s (%s %s-%s %s)".formatted(name, days, from, to, zone);
  }
}
