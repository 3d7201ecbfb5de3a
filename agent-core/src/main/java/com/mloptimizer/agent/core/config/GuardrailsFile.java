package com.mloptimizer.agent.core.config;

import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * The file of guardrails: the variables of that kind, and the freeze schedules, which only fit into
 * a file.
 */
final class GuardrailsFile {
  private static final String FREEZE_SCHEDULES = "freeze_schedules";
  private static final List<String> SCHEDULE_KEYS =
      List.of("name", "from_time", "to_time", "weekdays", "time_zone");

  private final Path file;
  private final Map<Variable, String> values = new EnumMap<>(Variable.class);
  private final List<FreezeSchedule> freezeSchedules = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  /** Reads the file at once. */
  GuardrailsFile(Path file) {
    this.file = file;
    List<String> keys =
        Stream.concat(
                Stream.of(Variable.values()).filter(Variable::isGuardrail).map(Variable::fileKey),
                Stream.of(FREEZE_SCHEDULES))
            .toList();
    YamlMapping.read(file, "guardrails file", keys, problems::add)
        .forEach((key, value) -> {
          if (key.equals(FREEZE_SCHEDULES)) {
            addSchedules(value);
          } else {
            addValue(Variable.valueOf(key.toUpperCase(Locale.ROOT)), value);
          }
        });
  }

  Map<Variable, String> values() {
    return values;
  }

  List<FreezeSchedule> freezeSchedules() {
    return freezeSchedules;
  }

  List<String> problems() {
    return problems;
  }

  private void addValue(Variable variable, Node value) {
    if (value instanceof ScalarNode scalar) {
      values.put(variable, scalar.getValue());
    } else if (variable.isList() && value instanceof SequenceNode sequence) {
      texts(sequence)
          .ifPresentOrElse(
              items -> values.put(variable, items.isEmpty() ? "none" : String.join(",", items)),
              () -> problem(variable.fileKey() + " must be a list of names"));
    } else {
      problem(variable.fileKey() + " must have a single value");
    }
  }

  private void addSchedules(Node value) {
    if (!(value instanceof SequenceNode sequence)) {
      problem(FREEZE_SCHEDULES + " must be a list");
      return;
    }
    Set<String> names = new HashSet<>();
    int number = 0;
    for (Node item : sequence.getValue()) {
      String where = FREEZE_SCHEDULES + "[" + number++ + "]";
      if (!(item instanceof MappingNode map)) {
        problem(where + " must be a mapping with " + String.join(", ", SCHEDULE_KEYS));
        continue;
      }
      FreezeSchedule schedule = schedule(map, where);
      if (!schedule.name().isEmpty() && !names.add(schedule.name())) {
        problem(where + ".name '" + schedule.name() + "' is another schedule's, too");
      }
      freezeSchedules.add(schedule);
    }
  }

  private FreezeSchedule schedule(MappingNode map, String where) {
    Map<String, Node> fields =
        YamlMapping.entries(map, where + " of " + file, SCHEDULE_KEYS, problems::add);
    return new FreezeSchedule(
        required(fields, "name", where),
        time(required(fields, "from_time", where), where + ".from_time"),
        // 24:00 is the next day's 00:00, which is what 00:00 means here anyway.
        time(
            required(fields, "to_time", where).replaceFirst("^24:00(:00)?$", "00:00"),
            where + ".to_time"),
        weekdays(fields.get("weekdays"), where + ".weekdays"),
        fields.containsKey("time_zone")
            ? zone(required(fields, "time_zone", where), where + ".time_zone")
            : ZoneId.of("UTC"));
  }

  /** Empty after a problem. */
  private String required(Map<String, Node> fields, String key, String where) {
    @Nullable Node value = fields.get(key);
    if (value instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
      return scalar.getValue().strip();
    }
    problem(where + "." + key + (value == null ? " is required" : " must have a single value"));
    return "";
  }

  private LocalTime time(String text, String where) {
    if (text.matches("([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")) {
      return LocalTime.parse(text);
    }
    if (!text.isEmpty()) {
      problem(where + " '" + text + "' is not a time of the form 08:00 or 22:30:00");
    }
    return LocalTime.MIDNIGHT;
  }

  private Set<DayOfWeek> weekdays(@Nullable Node value, String where) {
    if (value == null) {
      return EnumSet.allOf(DayOfWeek.class);
    }
    Optional<List<String>> names =
        value instanceof SequenceNode sequence
            ? texts(sequence)
            : value instanceof ScalarNode scalar
                ? Optional.of(List.of(scalar.getValue().split(",", -1)))
                : Optional.empty();
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (String name : names.orElse(List.of())) {
      weekday(name.strip())
          .ifPresentOrElse(
              days::add,
              () ->
                  problem(
                      where
                          + ": '"
                          + name.strip()
                          + "' is not a day; use mon"
                          + " to sun, or monday to sunday"));
    }
    if (names.isEmpty() || names.get().isEmpty()) {
      problem(where + " must be a list of days; leave it out for every day");
    }
    return days;
  }

  private static Optional<DayOfWeek> weekday(String name) {
    return Stream.of(DayOfWeek.values())
        .filter(day ->
            day.name().equalsIgnoreCase(name)
                || day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH).equalsIgnoreCase(name))
        .findFirst();
  }

  private ZoneId zone(String name, String where) {
    try {
      if (!name.isEmpty()) {
        return ZoneId.of(name);
      }
    } catch (DateTimeException e) {
      problem(
          where
              + " '"
              + name
              + "' is not a time zone such as Europe/Berlin"
              + NearestName.hint(name, List.copyOf(ZoneId.getAvailableZoneIds())));
    }
    return ZoneId.of("UTC");
  }

  private static Optional<List<String>> texts(SequenceNode sequence) {
    List<String> texts = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      if (!(item instanceof ScalarNode scalar) || YamlMapping.isNull(item)) {
        return Optional.empty();
      }
      texts.add(scalar.getValue().strip());
    }
    return Optional.of(texts);
  }

  private void problem(String what) {
    problems.add(what + " (" + file + ")");
  }
}
