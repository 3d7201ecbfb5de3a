package com.mloptimizer.agent.heartbeat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the kubelet asks. Liveness is about this process and never about the backend: an unhealthy
 * component is listed, but only a problem that a restart would mend fails the probe.
 */
final class Probes {
  private final HealthSources sources;
  private final ProtocolCodec codec = new ProtocolCodec();

  Probes(HealthSources sources) {
    this.sources = sources;
  }

  Page healthz(boolean verbose) {
    Optional<String> problem = sources.liveness().get();
    int status = problem.isEmpty() ? Page.OK : Page.UNAVAILABLE;
    if (!verbose) {
      return Page.text(status, problem.orElse("ok"));
    }
    Health health =
        new Health(problem.isEmpty(), problem.orElse(null), sources.heartbeat().statuses());
    return Page.json(status, codec.encode(health));
  }

  Page readyz(boolean verbose) {
    List<Condition> conditions =
        sources.readiness().stream()
            .map(r -> new Condition(r.condition(), r.missing().orElse(null)))
            .toList();
    boolean ready = conditions.stream().allMatch(Condition::met);
    int status = ready ? Page.OK : Page.UNAVAILABLE;
    if (verbose) {
      return Page.json(status, codec.encode(new Ready(ready, conditions, degraded())));
    }
    StringBuilder text = new StringBuilder(ready ? remark() : missing(conditions));
    degraded()
        .forEach((name, error) ->
            text.append('\n').append(name.wireName()).append(" degraded: ").append(error));
    return Page.text(status, text.toString());
  }

  private String remark() {
    return sources.readiness().stream()
        .flatMap(readiness -> readiness.remark().stream())
        .findFirst()
        .orElse("ok");
  }

  private static String missing(List<Condition> conditions) {
    return conditions.stream()
        .filter(condition -> !condition.met())
        .map(condition -> condition.condition() + ": " + condition.missing())
        .collect(Collectors.joining("\n"));
  }

  private Map<ComponentName, String> degraded() {
    Map<ComponentName, String> degraded = new EnumMap<>(ComponentName.class);
    sources
        .heartbeat()
        .statuses()
        .forEach((name, status) -> {
          if (!status.healthy()) {
            degraded.put(name, String.valueOf(status.error()));
          }
        });
    return degraded;
  }

  private record Health(
      boolean healthy,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String problem,
      Map<ComponentName, ComponentStatus> components) {}

  private record Ready(
      boolean ready,
      List<Condition> conditions,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<ComponentName, String> degraded) {}

  private record Condition(
      String condition,
      boolean met,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String missing) {
    Condition(String condition, @Nullable String missing) {
      this(condition, missing == null, missing);
    }
  }
}
