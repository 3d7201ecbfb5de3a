package com.mloptimizer.agent.collector;

import com.mloptimizer.agent.collector.cluster.ClusterWatch;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ready once every resource but events was either listed or refused: what is forbidden must not
 * block.
 */
record CachesSynced(Supplier<@Nullable ClusterWatch> watch) implements Readiness {

  @Override
  public String condition() {
    return "caches synced";
  }

  @Override
  public Optional<String> missing() {
    ClusterWatch cluster = watch.get();
    if (cluster == null) {
      return Optional.of("the collector has not begun");
    }
    List<String> unsettled = cluster.unsettled();
    return unsettled.isEmpty()
        ? Optional.empty()
        : Optional.of("not listed yet: " + String.join(", ", unsettled));
  }
}
