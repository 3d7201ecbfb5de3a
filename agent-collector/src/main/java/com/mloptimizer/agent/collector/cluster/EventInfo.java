package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import com.mloptimizer.agent.core.protocol.EventMetric.InvolvedObject;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * A Kubernetes event.
 *
 * @param count how often it happened, whichever API recorded it
 * @param lastSeenAt when it last happened
 */
public record EventInfo(
    String uid,
    String resourceVersion,
    String namespace,
    String name,
    String type,
    String reason,
    String message,
    InvolvedObject involvedObject,
    int count,
    @Nullable Instant firstSeenAt,
    Instant lastSeenAt)
    implements Tracked {

  private static final int MAX_MESSAGE = 1024;

  static EventInfo read(JsonParser parser, Interner interner) {
    return new Reader(interner).read(ObjectCursor.over(parser));
  }

  private static final class Reader {
    private final Interner interner;
    private Meta meta = Meta.NONE;
    private String type = "Normal";
    private String reason = "";
    private String message = "";
    private InvolvedObject involved = new InvolvedObject("", "", null, null);
    private long count;
    private Optional<Instant> first = Optional.empty();
    private Optional<Instant> last = Optional.empty();
    private Optional<Instant> eventTime = Optional.empty();

    Reader(Interner interner) {
      this.interner = interner;
    }

    EventInfo read(ObjectCursor event) {
      while (event.next()) {
        switch (event.field()) {
          case "metadata" -> meta = Meta.read(event.object(), interner);
          case "type" -> type = interner.text(event.text("Normal"));
          case "reason" -> reason = interner.text(event.text(""));
          case "message" -> message = shortened(event.text(""));
          case "involvedObject" -> involved = readInvolved(event.object());
          case "count" -> count = Math.max(count, event.number(0));
          case "firstTimestamp" -> first = Meta.instant(event.text());
          case "lastTimestamp" -> last = Meta.instant(event.text()).or(() -> last);
          case "eventTime" -> eventTime = Meta.instant(event.text());
          case "series" -> readSeries(event.object());
          default -> {}
        }
      }
      Optional<Instant> lastSeen =
          Stream.of(last, eventTime, first).flatMap(Optional::stream).max(Instant::compareTo);
      return new EventInfo(
          meta.uid(),
          meta.resourceVersion(),
          meta.namespace(),
          meta.name(),
          type,
          reason,
          message,
          involved,
          Math.clamp(count, 1, Integer.MAX_VALUE),
          first.or(() -> eventTime).orElse(null),
          lastSeen.orElse(meta.createdAt()));
    }

    private void readSeries(ObjectCursor series) {
      while (series.next()) {
        switch (series.field()) {
          case "count" -> count = Math.max(count, series.number(0));
          case "lastObservedTime" -> last = Meta.instant(series.text()).or(() -> last);
          default -> {}
        }
      }
    }

    private InvolvedObject readInvolved(ObjectCursor fields) {
      String kind = "";
      String name = "";
      String namespace = null;
      String uid = null;
      while (fields.next()) {
        switch (fields.field()) {
          case "kind" -> kind = interner.text(fields.text(""));
          case "name" -> name = fields.text("");
          case "namespace" -> namespace = fields.text();
          case "uid" -> uid = fields.text();
          default -> {}
        }
      }
      return new InvolvedObject(kind, name, namespace, uid);
    }

    private static String shortened(String text) {
      if (text.length() <= MAX_MESSAGE) {
        return text;
      }
      int end = MAX_MESSAGE - 1;
      // Half a surrogate pair is no character, and no JSON.
      return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)
          + "…";
    }
  }
}
