package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.collector.cluster.UsageSamples.ContainerSample;
import com.mloptimizer.agent.collector.cluster.UsageSamples.PodKey;
import com.mloptimizer.agent.collector.cluster.UsageSamples.PodSample;
import com.mloptimizer.agent.core.kubernetes.ItemParser;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;

/** Asks metrics.k8s.io; its absence is a finding, not a failure. */
public final class UsageReader {

  private static final String GROUP = "metrics.k8s.io";
  private static final String VERSION = "v1beta1";
  private static final int MAX_SKIPPED = 100;

  private final KubernetesClient client;
  private final Interner interner;
  private final Runnable onProgress;

  /**
   * Asks through this client.
   *
   * @param onProgress called for each sample that came
   */
  public UsageReader(KubernetesClient client, Interner interner, Runnable onProgress) {
    this.client = client;
    this.interner = interner;
    this.onProgress = onProgress;
  }

  /**
   * What there is now, in two lists.
   *
   * @param atMost how long both may take together; when it is over the second is not tried
   */
  public UsageSamples read(Duration atMost) {
    long began = System.nanoTime();
    Reading reading = new Reading();
    Optional<String> nodeProblem = list("nodes", atMost, reading::readNode);
    Duration left = atMost.minusNanos(System.nanoTime() - began);
    Optional<String> podProblem =
        left.isPositive() ? list("pods", left, reading::readPod) : nodeProblem;
    return new UsageSamples(
        reading.pods, reading.nodes, reading.skipped, podProblem.or(() -> nodeProblem));
  }

  private Optional<String> list(String resource, Duration atMost, ItemParser<Boolean> reader) {
    ResourcePath path = ResourcePath.group(GROUP, VERSION, resource);
    try {
      ListOutcome outcome =
          client.list(path, ListOptions.all(), atMost, reader, read -> onProgress.run());
      return switch (outcome) {
        case ListOutcome.Listed listed -> Optional.empty();
        case ListOutcome.Refused refused ->
            Optional.of("metrics API (" + resource + "): " + refused.answer().summary());
      };
    } catch (IOException e) {
      return Optional.of("metrics API (" + resource + "): " + e.getMessage());
    }
  }

  /** Two lists under way; what is read goes into the maps, and the value returned says nothing. */
  private final class Reading {
    private final Map<PodKey, PodSample> pods = new HashMap<>();
    private final Map<String, Usage> nodes = new HashMap<>();
    private final List<String> skipped = new ArrayList<>();

    // Of the object that is being read.
    private String namespace = "";
    private String name = "";

    boolean readNode(JsonParser parser) {
      Usage usage = Usage.NONE;
      QuantityReader quantities = new QuantityReader();
      ObjectCursor sample = ObjectCursor.over(parser);
      while (sample.next()) {
        switch (sample.field()) {
          case "metadata" -> readName(sample.object());
          case "usage" -> usage = quantities.usage(sample.object());
          default -> {}
        }
      }
      nodes.put(name, usage);
      note("node " + name, quantities);
      return true;
    }

    boolean readPod(JsonParser parser) {
      Instant takenAt = Instant.MAX;
      List<ContainerSample> containers = List.of();
      QuantityReader quantities = new QuantityReader();
      ObjectCursor sample = ObjectCursor.over(parser);
      while (sample.next()) {
        switch (sample.field()) {
          case "metadata" -> readName(sample.object());
          case "timestamp" -> takenAt = Meta.instant(sample.text()).orElse(Instant.MAX);
          case "containers" -> containers = sample.objects(each -> readContainer(each, quantities));
          default -> {}
        }
      }
      pods.put(new PodKey(namespace, name), new PodSample(takenAt, containers));
      note("pod " + namespace + "/" + name, quantities);
      return true;
    }

    private void readName(ObjectCursor metadata) {
      while (metadata.next()) {
        switch (metadata.field()) {
          case "name" -> name = metadata.text("");
          case "namespace" -> namespace = interner.text(metadata.text(""));
          default -> {}
        }
      }
    }

    private ContainerSample readContainer(ObjectCursor container, QuantityReader quantities) {
      String containerName = "";
      Usage usage = Usage.NONE;
      while (container.next()) {
        switch (container.field()) {
          case "name" -> {
            containerName = interner.text(container.text(""));
            quantities.enter("container", containerName);
          }
          case "usage" -> usage = quantities.usage(container.object());
          default -> {}
        }
      }
      return new ContainerSample(containerName, usage);
    }

    private void note(String object, QuantityReader quantities) {
      for (String each : quantities.skipped()) {
        if (skipped.size() < MAX_SKIPPED) {
          skipped.add(object + ": " + each);
        }
      }
    }
  }
}
