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
 * @param requests of all of it, as the scheduler counts them
 * @param limits of all of it
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
    private Resources own = Resources.NONE;
    private Amounts overhead = Amounts.NONE;
    private List<ContainerSpec> initContainers = List.of();
    private List<ContainerSpec> containers = List.of();
    private final Map<String, ContainerStatus> statuses = new HashMap<>();
    private final Map<String, PodResources.Held> held = new HashMap<>();
    private boolean resizeInfeasible;

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
      List<ContainerSpec> counted = all.stream().map(this::counted).toList();
      return new PodInfo(
          meta,
          nodeName,
          phase,
          ready,
          qosClass,
          priority,
          interner.intern(PodResources.requests(counted, own.requests(), overhead)),
          interner.intern(PodResources.limits(counted, own.limits(), overhead)),
          all,
          Map.copyOf(statuses),
          quantities.skipped());
    }

    private ContainerSpec counted(ContainerSpec container) {
      PodResources.Held current = held.get(container.name());
      return current == null
          ? container
          : PodResources.resized(container, current, resizeInfeasible);
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
          case "resources" -> {
            quantities.enter("", "");
            own = Resources.read(spec.object(), quantities);
          }
          default -> {}
        }
      }
    }

    private void readStatus(ObjectCursor status) {
      while (status.next()) {
        switch (status.field()) {
          case "phase" -> phase = interner.text(status.text("Unknown"));
          case "qosClass" -> qosClass = textOrNull(status.text(""));
          case "conditions" -> status.objects(this::readCondition);
          case "containerStatuses", "initContainerStatuses" ->
              status.objects(this::readContainerStatus);
          default -> {}
        }
      }
    }

    private String readCondition(ObjectCursor condition) {
      String type = "";
      String value = "";
      String reason = "";
      while (condition.next()) {
        switch (condition.field()) {
          case "type" -> type = condition.text("");
          case "status" -> value = condition.text("");
          case "reason" -> reason = condition.text("");
          default -> {}
        }
      }
      switch (type) {
        case "Ready" -> ready = value.equals("True");
        case "PodResizePending" -> resizeInfeasible = reason.equals("Infeasible");
        default -> {}
      }
      return type;
    }

    private ContainerStatus readContainerStatus(ObjectCursor status) {
      String name = "";
      int restarts = 0;
      String last = null;
      String current = null;
      Resources inForce = null;
      Amounts allocated = Amounts.NONE;
      while (status.next()) {
        switch (status.field()) {
          case "name" -> name = interner.text(status.text(""));
          case "restartCount" -> restarts = (int) status.number(0);
          case "lastState" -> last = terminationReason(status.object());
          case "state" -> current = terminationReason(status.object());
          case "resources" -> {
            quantities.enter("a container's", "status");
            inForce = Resources.read(status.object(), quantities);
          }
          case "allocatedResources" -> {
            quantities.enter("a container's", "status");
            allocated = quantities.amounts("allocated", status.object());
          }
          default -> {}
        }
      }
      // A container that has ended and not begun anew: that end is later than its lastState.
      ContainerStatus read = new ContainerStatus(restarts, current == null ? last : current);
      statuses.put(name, read);
      if (inForce != null) {
        held.put(name, new PodResources.Held(inForce, allocated));
      }
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
