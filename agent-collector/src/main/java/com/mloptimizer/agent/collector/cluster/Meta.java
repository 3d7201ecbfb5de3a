package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is used of an object's metadata.
 *
 * @param controller the owner that manages it, if one does
 */
public record Meta(
    String namespace,
    String name,
    String uid,
    String resourceVersion,
    long generation,
    Instant createdAt,
    Map<String, String> labels,
    Optional<Controller> controller) {

  /** The owner that manages an object. */
  public record Controller(String kind, String name, String uid) {}

  static final Meta NONE = new Meta("", "", "", "", 0, Instant.EPOCH, Map.of(), Optional.empty());

  static Meta read(ObjectCursor fields, Interner interner) {
    String namespace = "";
    String name = "";
    String uid = "";
    String resourceVersion = "";
    long generation = 0;
    Instant createdAt = Instant.EPOCH;
    Map<String, String> labels = Map.of();
    Optional<Controller> controller = Optional.empty();
    while (fields.next()) {
      switch (fields.field()) {
        case "namespace" -> namespace = interner.text(fields.text(""));
        case "name" -> name = fields.text("");
        case "uid" -> uid = fields.text("");
        case "resourceVersion" -> resourceVersion = fields.text("");
        case "generation" -> generation = fields.number(0);
        case "creationTimestamp" -> createdAt = instant(fields.text()).orElse(Instant.EPOCH);
        case "labels" -> labels = interner.labels(fields.texts());
        case "ownerReferences" -> controller = controller(fields, interner);
        default -> {}
      }
    }
    return new Meta(
        namespace, name, uid, resourceVersion, generation, createdAt, labels, controller);
  }

  private static Optional<Controller> controller(ObjectCursor fields, Interner interner) {
    List<Optional<Controller>> owners = fields.objects(owner -> readOwner(owner, interner));
    return owners.stream().flatMap(Optional::stream).findFirst();
  }

  private static Optional<Controller> readOwner(ObjectCursor owner, Interner interner) {
    String kind = "";
    String name = "";
    String uid = "";
    boolean controls = false;
    while (owner.next()) {
      switch (owner.field()) {
        case "kind" -> kind = interner.text(owner.text(""));
        case "name" -> name = interner.text(owner.text(""));
        case "uid" -> uid = interner.text(owner.text(""));
        case "controller" -> controls = owner.flag();
        default -> {}
      }
    }
    return controls
        ? Optional.of(interner.intern(new Controller(kind, name, uid)))
        : Optional.empty();
  }

  /** A time of the API; empty if it is none. */
  static Optional<Instant> instant(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(isWholeSeconds(text) ? wholeSeconds(text) : Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * Like {@code 2026-01-01T00:00:00Z}, as nearly every time, and there are thousands a collection.
   */
  private static boolean isWholeSeconds(String text) {
    return text.length() == 20
        && text.charAt(4) == '-'
        && text.charAt(7) == '-'
        && text.charAt(10) == 'T'
        && text.charAt(13) == ':'
        && text.charAt(16) == ':'
        && text.charAt(19) == 'Z';
  }

  private static Instant wholeSeconds(String text) {
    LocalDate day = LocalDate.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10));
    LocalTime time = LocalTime.of(number(text, 11, 13), number(text, 14, 16), number(text, 17, 19));
    return day.atTime(time).toInstant(ZoneOffset.UTC);
  }

  private static int number(String text, int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw new DateTimeException("no digit at " + i);
      }
      number = 10 * number + digit;
    }
    return number;
  }
}
