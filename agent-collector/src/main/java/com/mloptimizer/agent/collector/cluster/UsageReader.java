package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.collector.cluster.UsageSamples.PodKey;
import com.mloptimizer.agent.collector.cluster.UsageSamples.PodSample;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;

/** Asks metrics.k8s.io; its absence is a finding, not a failure. */
public final class UsageReader {

  private static final String GROUP = "metrics.k8s.io";
  private static final String VERSION = "v1beta1";

  private final KubernetesClient client;
  private final Interner interner;

  /** Asks through this client. */
  public UsageReader(KubernetesClient client, Interner interner) {
    this.client = client;
    this.interner = interner;
  }

  /** What there is now, in two lists. */
  public UsageSamples read() {
    Map<PodKey, PodSample> pods = new HashMap<>();
    Map<String, Amounts> nodes = new HashMap<>();
    Optional<String> nodeProblem = list("nodes", parser -> readNode(parser, nodes));
    Optional<String> podProblem = list("pods", parser -> readPod(parser, pods));
    return new UsageSamples(pods, nodes, podProblem.or(() -> nodeProblem));
  }

  private Optional<String> list(String resource, ItemReader reader) {
    ResourcePath path = ResourcePath.group(GROUP, VERSION, resource);
    try {
      ListOutcome outcome = client.<Boolean>list(path, ListOptions.all(), reader::read, read -> {});
      return switch (outcome) {
        case ListOutcome.Listed listed -> Optional.empty();
        case ListOutcome.Refused refused ->
            Optional.of("metrics API (" + resource + "): " + refused.answer().summary());
      };
    } catch (IOException e) {
      return Optional.of("metrics API (" + resource + "): " + e.getMessage());
    }
  }

  /** Reads a sample into its map; the value means nothing. */
  private interface ItemReader {
    boolean read(JsonParser parser);
  }

  private boolean readNode(JsonParser parser, Map<String, Amounts> nodes) {
    Meta meta = Meta.NONE;
    Amounts usage = Amounts.NONE;
    ObjectCursor sample = ObjectCursor.over(parser);
    while (sample.next()) {
      switch (sample.field()) {
        case "metadata" -> meta = Meta.read(sample.object(), interner);
        case "usage" -> usage = Amounts.read(sample.object());
        default -> {}
      }
    }
    nodes.put(meta.name(), usage);
    return true;
  }

  private boolean readPod(JsonParser parser, Map<PodKey, PodSample> pods) {
    Meta meta = Meta.NONE;
    Instant takenAt = Instant.MAX;
    Map<String, Amounts> containers = new HashMap<>();
    ObjectCursor sample = ObjectCursor.over(parser);
    while (sample.next()) {
      switch (sample.field()) {
        case "metadata" -> meta = Meta.read(sample.object(), interner);
        case "timestamp" -> takenAt = Meta.instant(sample.text()).orElse(Instant.MAX);
        case "containers" -> sample.objects(each -> readContainer(each, containers));
        default -> {}
      }
    }
    pods.put(new PodKey(meta.namespace(), meta.name()), new PodSample(takenAt, containers));
    return true;
  }

  private boolean readContainer(ObjectCursor container, Map<String, Amounts> containers) {
    String name = "";
    Amounts usage = Amounts.NONE;
    while (container.next()) {
      switch (container.field()) {
        case "name" -> name = interner.text(container.text(""));
        case "usage" -> usage = Amounts.read(container.object());
        default -> {}
      }
    }
    containers.put(name, usage);
    return true;
  }
}
