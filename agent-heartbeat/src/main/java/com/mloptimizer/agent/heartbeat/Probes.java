package com.mloptimizer.agent.heartbeat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ComponentStatus;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the kubelet asks. Liveness is about this process and never about the backend: an unhealthy
 * component is listed, but only a problem that a restart would mend fails the probe.
 */
final class Probes {
  private final Supplier<Optional<String>> liveness;
  private final List<Readiness> readiness;
  private final List<ComponentHealth> components;
  private final ProtocolCodec codec = new ProtocolCodec();

  Probes(
      Supplier<Optional<String>> liveness,
      List<? extends Readiness> readiness,
      List<ComponentHealth> components) {
    this.liveness = liveness;
    this.readiness = List.copyOf(readiness);
    this.components = List.copyOf(components);
  }

  Page healthz(boolean verbose) {
    Optional<String> problem = liveness.get();
    int status = problem.isEmpty() ? Page.OK : Page.UNAVAILABLE;
    if (!verbose) {
      return Page.text(status, problem.orElse("ok"));
    }
    Map<ComponentName, ComponentStatus> statuses = new EnumMap<>(ComponentName.class);
    components.forEach(health -> statuses.put(health.name(), health.status()));
    return Page.json(
        status, codec.encode(new Health(problem.isEmpty(), problem.orElse(null), statuses)));
  }

  Page readyz(boolean verbose) {
    List<Condition> conditions =
        readiness.stream()
            .map(r -> new Condition(r.condition(), r.missing().orElse(null)))
            .toList();
    boolean ready = conditions.stream().allMatch(Condition::met);
    int status = ready ? Page.OK : Page.UNAVAILABLE;
    if (verbose) {
      return Page.json(status, codec.encode(new Ready(ready, conditions)));
    }
    return Page.text(
        status,
        ready
            ? "ok"
            : conditions.stream()
                .filter(condition -> !condition.met())
                .map(condition -> condition.condition() + ": " + condition.missing())
                .collect(Collectors.joining("\n")));
  }

  private record Health(
      boolean healthy,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String problem,
      Map<ComponentName, ComponentStatus> components) {}

  private record Ready(boolean ready, List<Condition> conditions) {}

  private record Condition(
      String condition,
      boolean met,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String missing) {
    Condition(String condition, @Nullable String missing) {
      this(condition, missing == null, missing);
    }
  }
}
