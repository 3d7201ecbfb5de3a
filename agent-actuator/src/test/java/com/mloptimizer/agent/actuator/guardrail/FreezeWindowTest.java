package com.mloptimizer.agent.actuator.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.config.FreezeSchedule;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * 2026: Berlin springs forward on Sunday 29 March (02:00 to 03:00, 01:00Z) and back on Sunday 25
 * October (03:00 to 02:00, 01:00Z); New York on Sunday 8 March (07:00Z) and Sunday 1 November
 * (02:00 to 01:00, 06:00Z).
 */
class FreezeWindowTest {

  /** Days, from, to, zone; the window's first instant; the first instant after it. */
  @ParameterizedTest
  @CsvSource({
    // Within a day.
    "mon 08:00 17:00 UTC, 2026-11-16T08:00:00Z, 2026-11-16T17:00:00Z",
    "mon 08:00:30 08:00:31 UTC, 2026-11-16T08:00:30Z, 2026-11-16T08:00:31Z",
    "mon+wed 00:00 00:01 UTC, 2026-11-18T00:00:00Z, 2026-11-18T00:01:00Z",
    // Across midnight; the weekday is the start's.
    "fri 22:00 06:00 UTC, 2026-11-20T22:00:00Z, 2026-11-21T06:00:00Z",
    "sun 23:30 00:30 UTC, 2026-11-22T23:30:00Z, 2026-11-23T00:30:00Z",
    "sun 18:00 00:00 UTC, 2026-11-22T18:00:00Z, 2026-11-23T00:00:00Z",
    "thu 23:59 00:00 UTC, 2026-12-31T23:59:00Z, 2027-01-01T00:00:00Z",
    "tue 08:00 07:59 UTC, 2028-02-29T08:00:00Z, 2028-03-01T07:59:00Z",
    // A whole day.
    "sat 00:00 00:00 UTC, 2026-11-21T00:00:00Z, 2026-11-22T00:00:00Z",
    "sat 08:00 08:00 UTC, 2026-11-21T08:00:00Z, 2026-11-22T08:00:00Z",
    // Zones without daylight saving.
    "mon 09:00 10:00 Asia/Kolkata, 2026-11-16T03:30:00Z, 2026-11-16T04:30:00Z",
    "mon 00:00 01:00 Asia/Kolkata, 2026-11-15T18:30:00Z, 2026-11-15T19:30:00Z",
    "sun 20:00 23:00 Pacific/Honolulu, 2026-11-16T06:00:00Z, 2026-11-16T09:00:00Z",
    "mon 00:00 00:15 +05:45, 2026-11-15T18:15:00Z, 2026-11-15T18:30:00Z",
    "sat 00:00 00:00 Pacific/Kiritimati, 2026-11-20T10:00:00Z, 2026-11-21T10:00:00Z",
    // Berlin, winter and summer.
    "mon 08:00 10:00 Europe/Berlin, 2026-11-16T07:00:00Z, 2026-11-16T09:00:00Z",
    "mon 08:00 10:00 Europe/Berlin, 2026-07-13T06:00:00Z, 2026-07-13T08:00:00Z",
    "mon 00:00 00:30 Europe/Berlin, 2026-07-12T22:00:00Z, 2026-07-12T22:30:00Z",
    // Berlin, forward: 02:00 to 03:00 are missing.
    "sun 02:30 04:00 Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-29T02:00:00Z",
    "sun 02:00 03:30 Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-29T01:30:00Z",
    "sun 03:00 03:30 Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-29T01:30:00Z",
    "sun 01:59 03:00 Europe/Berlin, 2026-03-29T00:59:00Z, 2026-03-29T01:00:00Z",
    "sun 01:30 02:30 Europe/Berlin, 2026-03-29T00:30:00Z, 2026-03-29T01:00:00Z",
    "sun 01:30 02:00 Europe/Berlin, 2026-03-29T00:30:00Z, 2026-03-29T01:00:00Z",
    "sat 22:00 02:30 Europe/Berlin, 2026-03-28T21:00:00Z, 2026-03-29T01:00:00Z",
    "sat 22:00 06:00 Europe/Berlin, 2026-03-28T21:00:00Z, 2026-03-29T04:00:00Z",
    "sun 02:30 02:30 Europe/Berlin, 2026-03-29T01:00:00Z, 2026-03-30T00:30:00Z",
    "sat 02:30 02:30 Europe/Berlin, 2026-03-28T01:30:00Z, 2026-03-29T01:00:00Z",
    "sun 00:00 00:00 Europe/Berlin, 2026-03-28T23:00:00Z, 2026-03-29T22:00:00Z",
    "sun 22:00 02:30 Europe/Berlin, 2026-03-29T20:00:00Z, 2026-03-30T00:30:00Z",
    // Berlin, back: 02:00 to 03:00 come twice.
    "sun 02:30 04:00 Europe/Berlin, 2026-10-25T00:30:00Z, 2026-10-25T03:00:00Z",
    "sun 02:00 03:00 Europe/Berlin, 2026-10-25T00:00:00Z, 2026-10-25T02:00:00Z",
    "sun 02:15 02:45 Europe/Berlin, 2026-10-25T00:15:00Z, 2026-10-25T01:45:00Z",
    "sun 01:00 02:30 Europe/Berlin, 2026-10-24T23:00:00Z, 2026-10-25T01:30:00Z",
    "sun 01:00 02:00 Europe/Berlin, 2026-10-24T23:00:00Z, 2026-10-25T01:00:00Z",
    "sun 03:00 04:00 Europe/Berlin, 2026-10-25T02:00:00Z, 2026-10-25T03:00:00Z",
    "sat 23:00 02:00 Europe/Berlin, 2026-10-24T21:00:00Z, 2026-10-25T01:00:00Z",
    "sat 02:30 02:30 Europe/Berlin, 2026-10-24T00:30:00Z, 2026-10-25T01:30:00Z",
    "sun 02:30 02:30 Europe/Berlin, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
    "sun 02:45 02:15 Europe/Berlin, 2026-10-25T00:45:00Z, 2026-10-26T01:15:00Z",
    "sun 00:00 00:00 Europe/Berlin, 2026-10-24T22:00:00Z, 2026-10-25T23:00:00Z",
    // New York, forward.
    "sun 02:30 05:00 America/New_York, 2026-03-08T07:00:00Z, 2026-03-08T09:00:00Z",
    "sun 00:00 02:30 America/New_York, 2026-03-08T05:00:00Z, 2026-03-08T07:00:00Z",
    "sat 20:00 02:00 America/New_York, 2026-03-08T01:00:00Z, 2026-03-08T07:00:00Z",
    "sat 20:00 08:00 America/New_York, 2026-03-08T01:00:00Z, 2026-03-08T12:00:00Z",
    "sun 00:00 00:00 America/New_York, 2026-03-08T05:00:00Z, 2026-03-09T04:00:00Z",
    // New York, back.
    "sun 01:30 03:00 America/New_York, 2026-11-01T05:30:00Z, 2026-11-01T08:00:00Z",
    "sun 00:00 01:30 America/New_York, 2026-11-01T04:00:00Z, 2026-11-01T06:30:00Z",
    "sun 01:00 02:00 America/New_York, 2026-11-01T05:00:00Z, 2026-11-01T07:00:00Z",
    "sat 23:00 01:00 America/New_York, 2026-11-01T03:00:00Z, 2026-11-01T06:00:00Z",
    "sat 20:00 08:00 America/New_York, 2026-11-01T00:00:00Z, 2026-11-01T13:00:00Z",
    "sun 00:00 00:00 America/New_York, 2026-11-01T04:00:00Z, 2026-11-02T05:00:00Z",
    // A gap at midnight, one of half an hour, and a day that never was.
    "sun 00:00 00:00 America/Sao_Paulo, 2018-11-04T03:00:00Z, 2018-11-05T02:00:00Z",
    "sat 22:00 00:00 America/Sao_Paulo, 2018-11-04T01:00:00Z, 2018-11-04T03:00:00Z",
    "sun 02:15 03:00 Australia/Lord_Howe, 2026-10-03T15:30:00Z, 2026-10-03T16:00:00Z",
    "fri 08:00 08:00 Pacific/Apia, 2011-12-30T10:00:00Z, 2011-12-30T18:00:00Z",
    "thu 22:00 06:00 Pacific/Apia, 2011-12-30T08:00:00Z, 2011-12-30T10:00:00Z",
  })
  void at_aroundAWindow_holdsFromItsStartToBeforeItsEnd(String text, Instant start, Instant end) {
    FreezeSchedule schedule = schedule(text);
    FreezeWindow window = new FreezeWindow(schedule, start, end);

    assertThat(FreezeWindow.at(List.of(schedule), start.minusNanos(1))).isEmpty();
    assertThat(FreezeWindow.at(List.of(schedule), start)).contains(window);
    assertThat(FreezeWindow.at(List.of(schedule), end.minusNanos(1))).contains(window);
    assertThat(FreezeWindow.at(List.of(schedule), end)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // The morning after belongs to the day before.
    "fri 22:00 06:00 UTC, 2026-11-20T05:00:00Z, false",
    "fri 22:00 06:00 UTC, 2026-11-21T05:00:00Z, true",
    "fri 22:00 06:00 UTC, 2026-11-21T22:00:00Z, false",
    "sun 23:30 00:30 UTC, 2026-11-22T00:15:00Z, false",
    "mon+tue+wed+thu+fri 22:00 06:00 UTC, 2026-11-16T05:00:00Z, false",
    "mon+tue+wed+thu+fri 22:00 06:00 UTC, 2026-11-21T05:00:00Z, true",
    "mon 08:00 17:00 UTC, 2026-11-17T12:00:00Z, false",
    // The zone's weekday, not UTC's.
    "mon 00:00 01:00 Asia/Kolkata, 2026-11-16T18:30:00Z, false",
    "sun 20:00 23:00 Pacific/Honolulu, 2026-11-15T20:00:00Z, false",
    // Whole days follow each other without a gap, on days of 23 and of 25 hours, too.
    "daily 12:00 12:00 UTC, 2026-11-18T12:00:00Z, true",
    "daily 12:00 12:00 UTC, 2026-11-18T11:59:59Z, true",
    "daily 02:30 02:30 Europe/Berlin, 2026-03-29T00:59:59Z, true",
    "daily 02:30 02:30 Europe/Berlin, 2026-03-29T01:00:00Z, true",
    "daily 02:30 02:30 Europe/Berlin, 2026-10-25T00:45:00Z, true",
    "daily 02:30 02:30 Europe/Berlin, 2026-10-25T01:45:00Z, true",
    "daily 23:00 01:00 UTC, 2026-11-18T00:30:00Z, true",
    "daily 23:00 01:00 UTC, 2026-11-18T01:00:00Z, false",
    // Within a gap there is no window at all.
    "sun 02:15 02:45 Europe/Berlin, 2026-03-29T01:00:00Z, false",
    "sun 02:15 02:45 Europe/Berlin, 2026-03-29T00:30:00Z, false",
    "sun 02:00 03:00 Europe/Berlin, 2026-03-29T01:00:00Z, false",
    "sun 02:00 03:00 Europe/Berlin, 2026-03-29T00:59:59Z, false",
    "fri 08:00 12:00 Pacific/Apia, 2011-12-30T10:00:00Z, false",
    // Both turns of the hour that comes twice.
    "sun 02:15 02:45 Europe/Berlin, 2026-10-25T00:50:00Z, true",
    "sun 02:15 02:45 Europe/Berlin, 2026-10-25T01:10:00Z, true",
    "sun 01:15 01:45 America/New_York, 2026-11-01T05:50:00Z, true",
    "sun 01:15 01:45 America/New_York, 2026-11-01T06:44:59Z, true",
    "sun 01:15 01:45 America/New_York, 2026-11-01T06:45:00Z, false",
  })
  void at_anInstant_isFrozenOrNot(String text, Instant now, boolean frozen) {
    assertThat(FreezeWindow.at(List.of(schedule(text)), now).isPresent()).isEqualTo(frozen);
  }

  @Test
  void at_severalWindows_namesTheOneThatEndsLast() {
    FreezeSchedule shorter = schedule("sat 00:00 12:00 UTC");
    FreezeSchedule longer = schedule("sat 10:00 14:00 UTC");
    Instant noon = Instant.parse("2026-11-21T11:00:00Z");

    assertThat(FreezeWindow.at(List.of(longer, shorter), noon).orElseThrow().schedule())
        .isEqualTo(longer);
    assertThat(FreezeWindow.at(List.of(), noon)).isEmpty();
  }

  /**
   * Against a clock on the wall, watched minute by minute: a window begins when the clock first
   * shows its start or more, and is over when the clock last showed less than its end.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void at_anyScheduleAroundATransition_isWhatAClockOnTheWallShows(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      ZoneId zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
      Instant jump =
          zone.getRules().nextTransition(Instant.parse("2026-01-01T00:00:00Z")).getInstant();
      if (random.nextBoolean()) {
        jump = zone.getRules().nextTransition(jump).getInstant();
      }
      LocalTime around = LocalTime.ofInstant(jump, zone);
      FreezeSchedule schedule =
          new FreezeSchedule(
              "s",
              around.plusMinutes(random.nextInt(-180, 180)).withSecond(0),
              around.plusMinutes(random.nextInt(-180, 180)).withSecond(0),
              EnumSet.of(
                  LocalDate.ofInstant(jump, zone).getDayOfWeek().plus(random.nextInt(-1, 1))),
              zone);
      for (int j = 0; j < 60; j++) {
        Instant now = jump.plus(Duration.ofMinutes(random.nextInt(-1500, 1500)));
        assertThat(FreezeWindow.at(List.of(schedule), now).isPresent())
            .as("seed %d: %s at %s", seed, schedule, now)
            .isEqualTo(isFrozenByTheWallClock(schedule, now));
      }
    }
  }

  private static final List<String> ZONES =
      List.of(
          "Europe/Berlin",
          "America/New_York",
          "Australia/Lord_Howe",
          "America/Santiago",
          "Asia/Beirut",
          "Atlantic/Azores");

  private static boolean isFrozenByTheWallClock(FreezeSchedule schedule, Instant now) {
    LocalDate today = LocalDate.ofInstant(now, schedule.zone());
    return Stream.of(today.minusDays(1), today)
        .filter(day -> schedule.weekdays().contains(day.getDayOfWeek()))
        .anyMatch(day -> {
          LocalDate last = schedule.to().isAfter(schedule.from()) ? day : day.plusDays(1);
          return !now.isBefore(firstShowing(day.atTime(schedule.from()), schedule.zone()))
              && now.isBefore(lastShowing(last.atTime(schedule.to()), schedule.zone()));
        });
  }

  private static Instant firstShowing(LocalDateTime time, ZoneId zone) {
    Instant minute = time.minusHours(30).atZone(ZoneId.of("UTC")).toInstant();
    while (LocalDateTime.ofInstant(minute, zone).isBefore(time)) {
      minute = minute.plusSeconds(60);
    }
    return minute;
  }

  private static Instant lastShowing(LocalDateTime time, ZoneId zone) {
    Instant minute = time.plusHours(30).atZone(ZoneId.of("UTC")).toInstant();
    while (!LocalDateTime.ofInstant(minute.minusSeconds(60), zone).isBefore(time)) {
      minute = minute.minusSeconds(60);
    }
    return minute;
  }

  private static FreezeSchedule schedule(String text) {
    String[] words = text.split(" ", -1);
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (DayOfWeek day : DayOfWeek.values()) {
      String name = day.name().substring(0, 3).toLowerCase(Locale.ROOT);
      if (words[0].equals("daily") || words[0].contains(name)) {
        days.add(day);
      }
    }
    return new FreezeSchedule(
        "freeze", LocalTime.parse(words[1]), LocalTime.parse(words[2]), days, ZoneId.of(words[3]));
  }
}
