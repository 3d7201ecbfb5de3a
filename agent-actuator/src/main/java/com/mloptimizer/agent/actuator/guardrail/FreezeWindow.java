package com.mloptimizer.agent.actuator.guardrail;

import com.mloptimizer.agent.core.config.FreezeSchedule;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One occurrence of a freeze schedule: half-open, so that one that ends at eight and one that
 * begins at eight neither overlap nor leave a gap.
 *
 * <p>Where the zone's clock jumps, the window is the longer of what could be meant: a start that
 * the clock shows twice is the earlier one, an end that it shows twice the later one. A start or an
 * end that it never shows is the instant of the jump.
 */
record FreezeWindow(FreezeSchedule schedule, Instant start, Instant end) {

  /** The window that holds now; of several the one that ends last. */
  static Optional<FreezeWindow> at(Collection<FreezeSchedule> schedules, Instant now) {
    return schedules.stream()
        .flatMap(schedule -> around(schedule, now))
        .filter(window -> window.contains(now))
        .max(Comparator.comparing(FreezeWindow::end));
  }

  /**
   * The schedule's windows that could hold now. One that began the day before may last; two days to
   * either side make up for zones that once skipped a day at the date line.
   */
  private static Stream<FreezeWindow> around(FreezeSchedule schedule, Instant now) {
    LocalDate today = LocalDate.ofInstant(now, schedule.zone());
    return LongStream.rangeClosed(-2, 1)
        .mapToObj(today::plusDays)
        .filter(day -> schedule.weekdays().contains(day.getDayOfWeek()))
        .map(day -> startingOn(schedule, day));
  }

  /** The window that begins on that day of the zone's calendar. */
  private static FreezeWindow startingOn(FreezeSchedule schedule, LocalDate day) {
    LocalDate lastDay = schedule.to().isAfter(schedule.from()) ? day : day.plusDays(1);
    return new FreezeWindow(
        schedule,
        instant(day.atTime(schedule.from()), schedule.zone(), true),
        instant(lastDay.atTime(schedule.to()), schedule.zone(), false));
  }

  private static Instant instant(LocalDateTime time, ZoneId zone, boolean earlier) {
    @Nullable ZoneOffsetTransition jump = zone.getRules().getTransition(time);
    if (jump == null) {
      return time.toInstant(zone.getRules().getOffset(time));
    }
    if (jump.isGap()) {
      return jump.getInstant();
    }
    return time.toInstant(earlier ? jump.getOffsetBefore() : jump.getOffsetAfter());
  }

  private boolean contains(Instant now) {
    return !now.isBefore(start) && now.isBefore(end);
  }
}
