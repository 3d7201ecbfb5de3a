package com.mloptimizer.agent.actuator.handler;

import com.mloptimizer.agent.actuator.guardrail.Violation;
import com.mloptimizer.agent.core.action.Outcome;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What became of each pod of a drain, by UID. Safe for use by several threads. */
final class DrainReport {
  private final Map<String, Line> lines = new ConcurrentHashMap<>();
  private final Set<String> outOfTurn = ConcurrentHashMap.newKeySet();

  /** What happened to a pod that an eviction was to take away. */
  private enum Kind {
    EVICTION,
    SKIPPED,
    /** Forbids the drain. */
    REFUSED,
    /** An earlier attempt asked for it; nobody has looked since. */
    UNKNOWN,
    /** Its turn did not come, since an earlier pod could not be evicted. */
    NOT_TRIED
  }

  private record Line(
      String pod, String uid, Kind kind, Outcome outcome, String message, List<String> budgets) {
    String label() {
      return kind == Kind.EVICTION ? outcome.wireName() : kind.name().toLowerCase(Locale.ROOT);
    }
  }

  /** What an earlier attempt set out to evict, by UID, before anybody looks for it. */
  void askedForEarlier(Map<String, EvictionMemory.Entry> pods) {
    pods.forEach((uid, entry) -> {
      if (entry.gone()) {
        goneEarlier(uid, entry, "evicted");
      } else {
        String message = "an earlier attempt set out to evict it; not looked at since";
        lines.put(
            uid, new Line(entry.pod(), uid, Kind.UNKNOWN, Outcome.FAILED, message, List.of()));
      }
    });
  }

  /** What of that is not there any more. */
  void goneEarlier(Map<String, EvictionMemory.Entry> pods, List<LiveObject> present) {
    Set<String> uids = present.stream().map(LiveObject::uid).collect(Collectors.toSet());
    pods.forEach((uid, entry) -> {
      if (!uids.contains(uid) && of(Kind.UNKNOWN).anyMatch(line -> line.uid().equals(uid))) {
        goneEarlier(uid, entry, "gone");
      }
    });
  }

  private void goneEarlier(String uid, EvictionMemory.Entry entry, String what) {
    String message = what + " in an earlier attempt";
    lines.put(uid, new Line(entry.pod(), uid, Kind.EVICTION, Outcome.CHANGED, message, List.of()));
  }

  void skipped(Map<LiveObject, String> pods) {
    pods.forEach((pod, reason) -> put(pod, Kind.SKIPPED, Outcome.NO_CHANGE, reason));
  }

  void refused(Map<LiveObject, String> pods) {
    pods.forEach((pod, reason) -> put(pod, Kind.REFUSED, Outcome.FAILED, reason));
  }

  void violating(Map<LiveObject, Violation> pods) {
    pods.forEach((pod, violation) -> put(pod, Kind.REFUSED, Outcome.FAILED, violation.toString()));
  }

  void notTried(List<LiveObject> pods) {
    pods.forEach(
        pod -> put(pod, Kind.NOT_TRIED, Outcome.FAILED, "an earlier pod could not be evicted"));
  }

  void ended(LiveObject pod, EvictionEnd end) {
    if (end instanceof EvictionEnd.OutOfTurn) {
      outOfTurn.add(pod.uid());
    }
    boolean returns = end.outcome() == Outcome.CHANGED && DrainPlan.toleratesCordon(pod);
    String message = returns ? end.message() + "; tolerates the cordon, may return" : end.message();
    List<String> budgets =
        end instanceof EvictionEnd.Blocked blocked ? blocked.budgets() : List.of();
    lines.put(
        pod.uid(),
        new Line(DrainPlan.key(pod), pod.uid(), Kind.EVICTION, end.outcome(), message, budgets));
  }

  private void put(LiveObject pod, Kind kind, Outcome outcome, String message) {
    lines.put(
        pod.uid(), new Line(DrainPlan.key(pod), pod.uid(), kind, outcome, message, List.of()));
  }

  /** Whether it was tried to evict the pod. */
  boolean knows(LiveObject pod) {
    Line line = lines.get(pod.uid());
    return line != null && line.kind() == Kind.EVICTION;
  }

  /** Whether an eviction of any pod was asked for, as far as is known. */
  boolean hasEvictions() {
    return of(Kind.EVICTION).findAny().isPresent() || of(Kind.UNKNOWN).findAny().isPresent();
  }

  /** Whether some pod could not be evicted. */
  boolean hasTrouble() {
    return of(Kind.EVICTION).anyMatch(line -> isTrouble(line.outcome()));
  }

  private static boolean isTrouble(Outcome outcome) {
    return !outcome.isSuccess();
  }

  int count(Outcome outcome) {
    return (int) of(Kind.EVICTION).filter(line -> line.outcome() == outcome).count();
  }

  /** The pods whose turn among the minute's evictions was after the deadline. */
  int outOfTurn() {
    return outOfTurn.size();
  }

  int skipped() {
    return (int) of(Kind.SKIPPED).count();
  }

  int refused() {
    return (int) of(Kind.REFUSED).count();
  }

  int evicted() {
    return count(Outcome.CHANGED) + count(Outcome.NO_CHANGE);
  }

  /** The pods that forbid the drain, each with the reason. */
  List<String> refusals() {
    return of(Kind.REFUSED).map(line -> line.pod() + ": " + line.message()).sorted().toList();
  }

  /** All budgets that did not allow an eviction. */
  List<String> budgets() {
    return List.copyOf(
        new TreeSet<>(lines.values().stream().flatMap(line -> line.budgets().stream()).toList()));
  }

  private Stream<Line> of(Kind kind) {
    return lines.values().stream().filter(line -> line.kind() == kind);
  }

  /** How the drain ends: with the worst that happened to one of its pods. */
  Outcome outcome(boolean changedAnything) {
    if (refused() > 0) {
      return Outcome.FAILED;
    }
    for (Outcome bad :
        List.of(Outcome.CANCELLED, Outcome.FAILED, Outcome.BLOCKED, Outcome.TIMED_OUT)) {
      if (count(bad) > 0) {
        return bad;
      }
    }
    return changedAnything || count(Outcome.CHANGED) > 0 ? Outcome.CHANGED : Outcome.NO_CHANGE;
  }

  ObjectNode details() {
    ObjectNode details = JsonNodeFactory.instance.objectNode();
    ArrayNode pods = details.putArray("pods");
    lines.values().stream()
        .sorted(Comparator.comparing(Line::pod).thenComparing(Line::uid))
        .forEach(line -> {
          ObjectNode pod = pods.addObject().put("pod", line.pod()).put("uid", line.uid());
          pod.put("outcome", line.label()).put("message", line.message());
          if (!line.budgets().isEmpty()) {
            line.budgets().forEach(pod.putArray("disruption_budgets")::add);
          }
        });
    if (!budgets().isEmpty()) {
      budgets().forEach(details.putArray("disruption_budgets")::add);
    }
    return details;
  }
}
