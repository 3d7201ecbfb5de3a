package com.mloptimizer.agent.sandbox.cluster.simulation;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The kubelets of all nodes: bound pods start, deleted ones stop. Annotations steer single pods:
 * {@code sim/start-seconds}, {@code sim/stop-seconds} and {@code sim/never-ready}.
 */
final class Kubelets implements Controller {
  private final ObjectStore store;
  private final Timing timing;
  private final EventRecorder events;
  private final Map<String, Instant> readyAt = new HashMap<>();
  private final Map<String, Instant> goneAt = new HashMap<>();

  Kubelets(ObjectStore store, Timing timing) {
    this.store = store;
    this.timing = timing;
    this.events = new EventRecorder(store, "kubelet");
  }

  @Override
  public void reconcile() {
    Set<String> seen = new HashSet<>();
    for (ObjectNode pod : store.list(ResourceKinds.POD)) {
      seen.add(Fields.uid(pod));
      if (Fields.text(pod, "spec.nodeName").isEmpty()) {
        continue;
      }
      if (Fields.isDeleting(pod)) {
        stop(pod);
      } else if (Fields.text(pod, "status.phase").equals("Pending")) {
        start(pod);
      } else {
        resize(pod);
      }
    }
    readyAt.keySet().retainAll(seen);
    goneAt.keySet().retainAll(seen);
  }

  /** Whether some pod is starting or stopping, so that time alone moves things. */
  boolean isBusy() {
    return !readyAt.isEmpty() || !goneAt.isEmpty();
  }

  private void start(ObjectNode pod) {
    Instant due = readyAt.get(Fields.uid(pod));
    if (due == null) {
      readyAt.put(Fields.uid(pod), store.now().plus(startTime(pod)));
      update(pod, this::creating);
    } else if (!store.now().isBefore(due)) {
      readyAt.remove(Fields.uid(pod));
      update(pod, this::running);
      for (JsonNode container : Fields.at(pod, "spec.containers")) {
        String name = Fields.text(container, "name");
        events.normal(pod, "Created", "Created container: " + name);
        events.normal(pod, "Started", "Started container " + name);
      }
    }
  }

  private Duration startTime(ObjectNode pod) {
    String seconds = Fields.annotation(pod, "sim/start-seconds");
    if (!seconds.isEmpty()) {
      return seconds(seconds);
    }
    double factor = 1 + store.seed().of("start/" + Fields.uid(pod)).nextDouble() / 2;
    return Duration.ofNanos((long) (timing.podStart().toNanos() * factor));
  }

  private static Duration seconds(String text) {
    return Duration.ofMillis((long) (Double.parseDouble(text) * 1000));
  }

  private ObjectNode creating(ObjectNode pod) {
    ObjectNode status = Fields.object(pod, "status");
    status.put("startTime", Fields.timestamp(store.now()));
    address(status, "hostIP", "hostIPs", hostIp(pod));
    condition(pod, "PodReadyToStartContainers", false, "");
    condition(pod, "Initialized", true, "");
    condition(pod, "Ready", false, "ContainersNotReady");
    condition(pod, "ContainersReady", false, "ContainersNotReady");
    ArrayNode statuses = status.putArray("containerStatuses");
    for (JsonNode container : Fields.at(pod, "spec.containers")) {
      ObjectNode added = containerStatus(statuses, container);
      added.putObject("state").putObject("waiting").put("reason", "ContainerCreating");
      added.put("ready", false).put("started", false).put("imageID", "");
    }
    return pod;
  }

  private ObjectNode running(ObjectNode pod) {
    boolean ready = !Fields.annotation(pod, "sim/never-ready").equals("true");
    ObjectNode status = Fields.object(pod, "status");
    status.put("phase", "Running");
    address(status, "podIP", "podIPs", podIp(pod));
    String reason = ready ? "" : "ContainersNotReady";
    condition(pod, "PodReadyToStartContainers", true, "");
    condition(pod, "Ready", ready, reason);
    condition(pod, "ContainersReady", ready, reason);
    ArrayNode statuses = status.putArray("containerStatuses");
    for (JsonNode container : Fields.at(pod, "spec.containers")) {
      ObjectNode added = containerStatus(statuses, container);
      String now = Fields.timestamp(store.now());
      added.putObject("state").putObject("running").put("startedAt", now);
      String image = Fields.text(container, "image");
      added.put("ready", ready).put("started", true);
      added.put("imageID", image + "@sha256:" + digest(image));
      added.put("containerID", "containerd://" + digest(Fields.uid(pod) + image));
      added.set("resources", container.path("resources").deepCopy());
    }
    return pod;
  }

  private static ObjectNode containerStatus(ArrayNode statuses, JsonNode container) {
    ObjectNode status = statuses.addObject().put("name", Fields.text(container, "name"));
    status.putObject("lastState");
    return status.put("restartCount", 0).put("image", Fields.text(container, "image"));
  }

  /** Resizes in place: what the spec asks for is what the container gets. */
  private void resize(ObjectNode pod) {
    JsonNode statuses = Fields.at(pod, "status.containerStatuses");
    for (JsonNode container : Fields.at(pod, "spec.containers")) {
      boolean differs =
          statuses
              .valueStream()
              .filter(status -> status.path("name").equals(container.path("name")))
              .anyMatch(status -> !status.path("resources").equals(container.path("resources")));
      if (differs) {
        update(pod, Kubelets::resized);
        return;
      }
    }
  }

  private static ObjectNode resized(ObjectNode pod) {
    for (JsonNode container : Fields.at(pod, "spec.containers")) {
      for (JsonNode status : Fields.at(pod, "status.containerStatuses")) {
        if (status instanceof ObjectNode known
            && known.path("name").equals(container.path("name"))) {
          known.set("resources", container.path("resources").deepCopy());
        }
      }
    }
    Fields.object(pod, "status").set("observedGeneration", Fields.at(pod, "metadata.generation"));
    return pod;
  }

  private void stop(ObjectNode pod) {
    Instant due = goneAt.get(Fields.uid(pod));
    if (due == null) {
      goneAt.put(Fields.uid(pod), store.now().plus(stopTime(pod)));
      for (JsonNode container : Fields.at(pod, "spec.containers")) {
        String name = Fields.text(container, "name");
        events.normal(pod, "Killing", "Stopping container " + name);
      }
    } else if (!store.now().isBefore(due)) {
      update(pod, Kubelets::terminated);
    }
  }

  private Duration stopTime(ObjectNode pod) {
    String seconds = Fields.annotation(pod, "sim/stop-seconds");
    Duration grace =
        Duration.ofSeconds(Fields.number(pod, "metadata.deletionGracePeriodSeconds", 0));
    Duration wanted = seconds.isEmpty() ? timing.longestGrace() : seconds(seconds);
    return wanted.compareTo(grace) < 0 ? wanted : grace;
  }

  /** The store removes the pod now, unless finalizers hold it. */
  private static ObjectNode terminated(ObjectNode pod) {
    if (Fields.number(pod, "metadata.deletionGracePeriodSeconds", 0) > 0) {
      Fields.object(pod, "metadata").put("deletionGracePeriodSeconds", 0);
    }
    return pod;
  }

  private void update(ObjectNode pod, UnaryOperator<ObjectNode> edit) {
    store.updateIfPresent(ObjectKey.of(ResourceKinds.POD, pod), edit);
  }

  private void condition(ObjectNode pod, String type, boolean value, String reason) {
    Conditions.set(pod, type, value, reason, "", store.now());
  }

  private static void address(ObjectNode status, String field, String list, String ip) {
    status.put(field, ip).putArray(list).addObject().put("ip", ip);
  }

  private String hostIp(ObjectNode pod) {
    String node = Fields.text(pod, "spec.nodeName");
    return store
        .get(new ObjectKey(ResourceKinds.NODE, "", node))
        .map(found -> found.at("/status/addresses/0/address").stringValue(""))
        .orElse("");
  }

  private String podIp(ObjectNode pod) {
    if (Fields.flag(pod, "spec.hostNetwork")) {
      return Fields.text(pod, "status.hostIP");
    }
    RandomGenerator random = store.seed().of("ip/" + Fields.uid(pod));
    List<Integer> parts = List.of(random.nextInt(256), random.nextInt(1, 255));
    return "10.244." + parts.getFirst() + "." + parts.getLast();
  }

  private String digest(String of) {
    RandomGenerator random = store.seed().of("digest/" + of);
    StringBuilder digest = new StringBuilder(64);
    for (int i = 0; i < 4; i++) {
      digest.append("%016x".formatted(random.nextLong()));
    }
    return digest.toString();
  }
}
