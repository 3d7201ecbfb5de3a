package com.mloptimizer.agent.core.action;

import com.mloptimizer.agent.core.action.ActionParameters.Resources;
import com.mloptimizer.agent.core.action.ActionParameters.Taint;
import com.mloptimizer.agent.core.protocol.StrictJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the parameters of each type; a parameter that is missing, of another JSON type, out of
 * bounds or unknown is an error that names it.
 */
final class ParameterReader {
  /** RFC 1123 subdomain, as Kubernetes wants the names of the objects that actions are about. */
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  /** RFC 1123 label: namespaces and containers. */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private static final Set<String> TAINT_FIELDS = Set.of("key", "value", "effect");
  private static final List<String> EFFECTS =
      List.of("NoSchedule", "PreferNoSchedule", "NoExecute");
  private static final int MAX_NAME = 253;
  private static final int MAX_SECONDS = 24 * 3600;
  private static final int MAX_ENTRIES = 64;

  private final ObjectNode fields;
  private final Set<String> known = new HashSet<>();

  private ParameterReader(ObjectNode fields) {
    this.fields = fields;
  }

  static ActionParameters read(ActionType type, ObjectNode fields) throws InvalidActionException {
    ParameterReader reader = new ParameterReader(fields);
    ActionParameters parameters = reader.parameters(type);
    for (String name : fields.propertyNames()) {
      if (!reader.known.contains(name)) {
        throw invalid(StrictJson.excerpt(name), "is not a parameter of " + type.wireName());
      }
    }
    return parameters;
  }

  private ActionParameters parameters(ActionType type) throws InvalidActionException {
    return switch (type) {
      case EVICT_POD ->
          new ActionParameters.EvictPod(
              label("namespace"),
              name("pod_name"),
              optionalText("pod_uid"),
              gracePeriod(),
              timeout(300));
      case CORDON_NODE ->
          new ActionParameters.CordonNode(name("node_name"), optionalText("node_uid"));
      case UNCORDON_NODE ->
          new ActionParameters.UncordonNode(name("node_name"), optionalText("node_uid"));
      case DRAIN_NODE ->
          new ActionParameters.DrainNode(
              name("node_name"),
              optionalText("node_uid"),
              gracePeriod(),
              timeout(900),
              flag("force", false),
              flag("delete_emptydir_data", false),
              flag("ignore_daemonsets", true),
              optionalText("pod_selector"),
              flag("uncordon_on_failure", true));
      case LABEL_NODE -> {
        boolean remove = flag("remove", false);
        yield new ActionParameters.LabelNode(name("node_name"), labels(remove), remove);
      }
      case TAINT_NODE ->
          new ActionParameters.TaintNode(
              name("node_name"), taints(), flag("remove", false), flag("allow_no_execute", false));
      case LABEL_RESOURCE -> labelResource();
      case SCALE_WORKLOAD ->
          new ActionParameters.ScaleWorkload(
              kind("Deployment", "StatefulSet", "ReplicaSet"),
              label("namespace"),
              name("name"),
              required("replicas", optionalCount("replicas")),
              optionalCount("expected_replicas"),
              seconds("wait_seconds", 0),
              flag("allow_pvc_deletion", false));
      case UPDATE_DEPLOYMENT ->
          new ActionParameters.UpdateDeployment(
              label("namespace"),
              name("deployment_name"),
              optionalCount("replicas"),
              optionalText("image"),
              optionalLabel("container"),
              optionalResources(),
              seconds("wait_seconds", 0));
      case RESTART_ROLLOUT ->
          new ActionParameters.RestartRollout(
              kind("Deployment", "StatefulSet", "DaemonSet"),
              label("namespace"),
              name("name"),
              seconds("wait_seconds", 0));
      case RESIZE_POD ->
          new ActionParameters.ResizePod(
              label("namespace"),
              name("pod_name"),
              optionalText("pod_uid"),
              label("container"),
              required("resources", optionalResources()),
              seconds("wait_seconds", 60));
      case CANCEL_ACTION ->
          new ActionParameters.CancelAction(
              ActionId.of(required("action_id", optionalText("action_id")))
                  .orElseThrow(() -> invalid("action_id", "is not an action id")));
    };
  }

  private ActionParameters labelResource() throws InvalidActionException {
    String kind = kind("Node", "Pod", "Namespace", "Deployment", "StatefulSet", "DaemonSet");
    boolean clusterScoped = kind.equals("Node") || kind.equals("Namespace");
    @Nullable String namespace = optionalLabel("namespace");
    if (clusterScoped == (namespace != null)) {
      throw invalid("namespace", clusterScoped ? "does not apply to " + kind : "is missing");
    }
    boolean remove = flag("remove", false);
    return new ActionParameters.LabelResource(
        kind, name("name"), namespace, labels(remove), remove);
  }

  private @Nullable JsonNode value(String name) {
    known.add(name);
    return fields.get(name);
  }

  private static <T> T required(String name, @Nullable T value) throws InvalidActionException {
    if (value == null) {
      throw invalid(name, "is missing");
    }
    return value;
  }

  private @Nullable String optionalText(String name) throws InvalidActionException {
    @Nullable JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isString() || value.stringValue().isEmpty()) {
      throw invalid(name, "must be a non-empty string");
    }
    return value.stringValue();
  }

  private @Nullable String optionalName(String name) throws InvalidActionException {
    @Nullable String text = optionalText(name);
    if (text != null && (text.length() > MAX_NAME || !NAME.matcher(text).matches())) {
      throw invalid(name, "is not a Kubernetes name");
    }
    return text;
  }

  private String name(String name) throws InvalidActionException {
    return required(name, optionalName(name));
  }

  private @Nullable String optionalLabel(String name) throws InvalidActionException {
    @Nullable String text = optionalText(name);
    if (text != null && !LABEL.matcher(text).matches()) {
      throw invalid(name, "is not a Kubernetes name of at most 63 characters");
    }
    return text;
  }

  private String label(String name) throws InvalidActionException {
    return required(name, optionalLabel(name));
  }

  private String kind(String... allowed) throws InvalidActionException {
    String kind = required("kind", optionalText("kind"));
    if (!List.of(allowed).contains(kind)) {
      throw invalid("kind", "must be one of " + String.join(", ", allowed));
    }
    return kind;
  }

  private boolean flag(String name, boolean absent) throws InvalidActionException {
    @Nullable JsonNode value = value(name);
    if (value == null) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw invalid(name, "must be true or false");
    }
    return value.booleanValue();
  }

  private @Nullable Integer optionalCount(String name) throws InvalidActionException {
    return optionalInteger(name, 0, Integer.MAX_VALUE);
  }

  private @Nullable Integer optionalInteger(String name, int min, int max)
      throws InvalidActionException {
    @Nullable JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw invalid(name, "must be an integer");
    }
    int number = value.intValue();
    if (number < min || number > max) {
      throw invalid(name, "must be between " + min + " and " + max);
    }
    return number;
  }

  private Duration seconds(String name, int absent) throws InvalidActionException {
    @Nullable Integer seconds = optionalInteger(name, 0, MAX_SECONDS);
    return Duration.ofSeconds(seconds == null ? absent : seconds);
  }

  /** Not zero, which means "for ever" to some tools and "at once" to others. */
  private Duration timeout(int absent) throws InvalidActionException {
    @Nullable Integer seconds = optionalInteger("timeout_seconds", 1, MAX_SECONDS);
    return Duration.ofSeconds(seconds == null ? absent : seconds);
  }

  /**
   * {@code grace_period} is another name for {@code grace_period_seconds}; both at once is an
   * error.
   */
  private @Nullable Duration gracePeriod() throws InvalidActionException {
    @Nullable Integer seconds = optionalInteger("grace_period_seconds", 0, MAX_SECONDS);
    @Nullable Integer other = optionalInteger("grace_period", 0, MAX_SECONDS);
    if (seconds != null && other != null) {
      throw invalid("grace_period", "is another name for grace_period_seconds, which is given");
    }
    @Nullable Integer given = seconds == null ? other : seconds;
    return given == null ? null : Duration.ofSeconds(given);
  }

  private Map<String, String> labels(boolean remove) throws InvalidActionException {
    Map<String, String> labels = new LinkedHashMap<>();
    ObjectNode object = object("labels", required("labels", value("labels")));
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      boolean text = entry.getValue().isString();
      if (!text && !(remove && entry.getValue().isNull())) {
        throw invalid("labels", "must map names to strings");
      }
      labels.put(entry.getKey(), text ? entry.getValue().stringValue() : "");
    }
    if (labels.isEmpty()) {
      throw invalid("labels", "is empty");
    }
    return labels;
  }

  private List<Taint> taints() throws InvalidActionException {
    JsonNode array = required("taints", value("taints"));
    if (!array.isArray() || array.isEmpty() || array.size() > MAX_ENTRIES) {
      throw invalid("taints", "must be an array of 1 to " + MAX_ENTRIES + " taints");
    }
    List<Taint> taints = new ArrayList<>();
    for (JsonNode element : array) {
      taints.add(taint(object("taints", element)));
    }
    return taints;
  }

  private static Taint taint(ObjectNode taint) throws InvalidActionException {
    if (!TAINT_FIELDS.containsAll(taint.propertyNames())) {
      throw invalid("taints", "has a field other than key, value and effect");
    }
    if (!taint.path("key").isString() || taint.path("key").stringValue().isEmpty()) {
      throw invalid("taints", "has a key that is not a non-empty string");
    }
    if (taint.has("value") && !taint.path("value").isString()) {
      throw invalid("taints", "has a value that is not a string");
    }
    if (!taint.path("effect").isString() || !EFFECTS.contains(taint.path("effect").stringValue())) {
      throw invalid("taints", "has an effect that is not one of " + String.join(", ", EFFECTS));
    }
    return new Taint(
        taint.path("key").stringValue(),
        taint.has("value") ? taint.path("value").stringValue() : "",
        taint.path("effect").stringValue());
  }

  private @Nullable Resources optionalResources() throws InvalidActionException {
    @Nullable JsonNode value = value("resources");
    if (value == null) {
      return null;
    }
    ObjectNode object = object("resources", value);
    ParameterReader sides = new ParameterReader(object);
    Resources resources = new Resources(sides.quantities("requests"), sides.quantities("limits"));
    if (!sides.known.containsAll(object.propertyNames())) {
      throw invalid("resources", "has a field other than requests and limits");
    }
    return resources;
  }

  private @Nullable Map<String, @Nullable String> quantities(String side)
      throws InvalidActionException {
    @Nullable JsonNode value = value(side);
    if (value == null) {
      return null;
    }
    Map<String, @Nullable String> quantities = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : object("resources", value).properties()) {
      JsonNode quantity = entry.getValue();
      if (!quantity.isString() && !quantity.isNull()) {
        throw invalid("resources", "must map names to quantities as strings, or null");
      }
      quantities.put(entry.getKey(), quantity.isNull() ? null : quantity.stringValue());
    }
    return quantities;
  }

  private static ObjectNode object(String name, JsonNode value) throws InvalidActionException {
    if (value instanceof ObjectNode object && object.size() <= MAX_ENTRIES) {
      return object;
    }
    throw invalid(name, "must be an object of at most " + MAX_ENTRIES + " entries");
  }

  private static InvalidActionException invalid(String name, String what) {
    return new InvalidActionException(
        RejectionReason.INVALID_PARAMETERS, "parameter '" + name + "' " + what);
  }
}
