package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * A pod.
 *
 * @param containers all of them, those that only start the pod first
 * @param statuses by the container's name; a container that was never tried has none
 * @param skipped the quantities in it that cannot be used, for people
 */
public record PodInfo(
    Meta meta,
    @Nullable String nodeName,
    String phase,
    boolean ready,
    @Nullable String qosClass,
    @Nullable Integer priority,
    Amounts requests,
    Amounts limits,
    List<ContainerSpec> containers,
    Map<String, ContainerStatus> statuses,
    List<String> skipped)
    implements Tracked {

  /** How a container fares. */
  public record ContainerStatus(int restartCount, @Nullable String lastTerminationReason) {}

  @Override
  public String uid() {
    return meta.uid();
  }

  @Override
  public String resourceVersion() {
    return meta.resourceVersion();
  }

  /** Whether it has run to its end and holds nothing of its node any more. */
  public boolean isFinished() {
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  static PodInfo read(JsonParser parser, Interner interner) {
    return new Reader(interner).read(ObjectCursor.over(parser));
  }

  private static final class Reader {
    private final Interner interner;
    private final QuantityReader quantities = new QuantityReader();
    private Meta meta = Meta.NONE;
    private @Nullable String nodeName;
    private String phase = "Unknown";
    private boolean ready;
    private @Nullable String qosClass;
    private @Nullable Integer priority;
    private Amounts ownRequests = Amounts.NONE;
    private Amounts ownLimits = Amounts.NONE;
    private Amounts overhead = Amounts.NONE;
    private List<ContainerSpec> initContainers = List.of();
    private List<ContainerSpec> containers = List.of();
    private final Map<String, ContainerStatus> statuses = new HashMap<>();

    Reader(Interner interner) {
      this.interner = interner;
    }

    PodInfo read(ObjectCursor pod) {
      while (pod.next()) {
        switch (pod.field()) {
          case "metadata" -> meta = Meta.read(pod.object(), interner);
          case "spec" -> readSpec(pod.object());
          case "status" -> readStatus(pod.object());
          default -> {}
        }
      }
      List<ContainerSpec> all =
          Stream.of(initContainers, containers).flatMap(List::stream).toList();
      return new PodInfo(
          meta,
          nodeName,
          phase,
          ready,
          qosClass,
          priority,
          interner.amounts(PodResources.requests(all, ownRequests, overhead)),
          interner.amounts(PodResources.limits(all, ownLimits, overhead)),
          all,
          Map.copyOf(statuses),
          quantities.skipped());
    }

    private void readSpec(ObjectCursor spec) {
      while (spec.next()) {
        switch (spec.field()) {
          case "nodeName" -> nodeName = textOrNull(spec.text(""));
          case "priority" -> priority = (int) spec.number(0);
          case "overhead" -> {
            quantities.enter("", "");
            overhead = quantities.amounts("overhead", spec.object());
          }
          case "initContainers" ->
              initContainers =
                  spec.objects(each -> ContainerSpec.read(each, true, quantities, interner));
          case "containers" ->
              containers =
                  spec.objects(each -> ContainerSpec.read(each, false, quantities, interner));
          case "resources" -> readOwnResources(spec.object());
          default -> {}
        }
      }
    }

    private void readOwnResources(ObjectCursor resources) {
      quantities.enter("", "");
      while (resources.next()) {
        switch (resources.field()) {
          case "requests" -> ownRequests = quantities.amounts("requests", resources.object());
          case "limits" -> ownLimits = quantities.amounts("limits", resources.object());
          default -> {}
        }
      }
    }

    private void readStatus(ObjectCursor status) {
      while (status.next()) {
        switch (status.field()) {
          case "phase" -> phase = interner.text(status.text("Unknown"));
          case "qosClass" -> qosClass = textOrNull(status.text(""));
          case "conditions" -> ready = Conditions.read(status, interner).isTrue("Ready");
          case "containerStatuses", "initContainerStatuses" ->
              status.objects(this::readContainerStatus);
          default -> {}
        }
      }
    }

    private ContainerStatus readContainerStatus(ObjectCursor status) {
      String name = "";
      int restarts = 0;
      String last = null;
      String current = null;
      while (status.next()) {
        switch (status.field()) {
          case "name" -> name = interner.text(status.text(""));
          case "restartCount" -> restarts = (int) status.number(0);
          case "lastState" -> last = terminationReason(status.object());
          case "state" -> current = terminationReason(status.object());
          default -> {}
        }
      }
      ContainerStatus read = new ContainerStatus(restarts, last == null ? current : last);
      statuses.put(name, read);
      return read;
    }

    private @Nullable String terminationReason(ObjectCursor state) {
      String reason = null;
      while (state.next()) {
        if (state.field().equals("terminated")) {
          ObjectCursor terminated = state.object();
          while (terminated.next()) {
            if (terminated.field().equals("reason")) {
              reason = textOrNull(terminated.text(""));
            }
          }
        }
      }
      return reason;
    }

    private @Nullable String textOrNull(String text) {
      return text.isEmpty() ? null : interner.text(text);
    }
  }
}
