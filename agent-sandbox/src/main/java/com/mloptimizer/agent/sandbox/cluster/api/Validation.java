package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure.Cause;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.LabelSelector;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What makes an object invalid, in the words of the API server. */
final class Validation {
  private static final String SUBDOMAIN =
      "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
  private static final String PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
  private static final Pattern NAME = Pattern.compile(SUBDOMAIN);
  private static final Pattern KEY_NAME = Pattern.compile(PART);
  private static final Pattern VALUE = Pattern.compile("(" + PART + ")?");
  private static final String INVALID = "FieldValueInvalid";

  private final List<Cause> causes = new ArrayList<>();

  private Validation() {}

  /** Refuses an object with everything that is wrong with it. */
  static void require(ResourceKind kind, ObjectNode object, List<Cause> schemaViolations) {
    Validation validation = new Validation();
    validation.metadata(object);
    switch (kind.qualifiedName()) {
      case "pods" -> validation.containers(object.path("spec"), "spec");
      case "deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps" ->
          validation.workload(object);
      case "nodes" -> validation.taints(object);
      default -> {}
    }
    validation.causes.addAll(schemaViolations);
    if (!validation.causes.isEmpty()) {
      throw ApiFailure.invalid(kind, Fields.name(object), validation.causes);
    }
  }

  private void metadata(ObjectNode object) {
    String name = Fields.name(object);
    if (name.isEmpty()) {
      add(
          "FieldValueRequired",
          "metadata.name",
          "Required value: name or generateName is required");
    } else if (name.length() > 253 || !NAME.matcher(name).matches()) {
      invalid(
          "metadata.name",
          name,
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
              + " '.', and must start and end with an alphanumeric character (e.g. 'example.com',"
              + " regex used for validation is '"
              + SUBDOMAIN
              + "')");
    }
    labels(Fields.labels(object), "metadata.labels");
    Fields.at(object, "metadata.annotations")
        .propertyNames()
        .forEach(key -> key(key, "metadata.annotations"));
  }

  private void labels(JsonNode labels, String path) {
    for (Map.Entry<String, String> label : Fields.texts(labels).entrySet()) {
      key(label.getKey(), path);
      if (label.getValue().length() > 63) {
        invalid(path, label.getValue(), "must be no more than 63 bytes");
      }
      if (!VALUE.matcher(label.getValue()).matches()) {
        invalid(
            path,
            label.getValue(),
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_'"
                + " or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', "
                + " or 'my_value',  or '12345', regex used for validation is '"
                + VALUE
                + "')");
      }
    }
  }

  private void key(String key, String path) {
    int slash = key.indexOf('/');
    String name = key.substring(slash + 1);
    if (slash >= 0 && !NAME.matcher(key.substring(0, slash)).matches()) {
      invalid(
          path,
          key,
          "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric"
              + " characters, '-' or '.', and must start and end with an alphanumeric character"
              + " (e.g. 'example.com', regex used for validation is '"
              + SUBDOMAIN
              + "')");
    }
    if (name.length() > 63) {
      invalid(path, key, "name part must be no more than 63 bytes");
    }
    if (!KEY_NAME.matcher(name).matches()) {
      invalid(
          path,
          key,
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and"
              + " end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc',"
              + " regex used for validation is '"
              + PART
              + "')");
    }
  }

  private void workload(ObjectNode workload) {
    if (Fields.number(workload, "spec.replicas", 0) < 0) {
      invalid(
          "spec.replicas",
          workload.at("/spec/replicas").asString(),
          "must be greater than or equal to 0");
    }
    JsonNode selector = Fields.at(workload, "spec.selector");
    JsonNode template = Fields.at(workload, "spec.template");
    if (!selector.isObject()) {
      add("FieldValueRequired", "spec.selector", "Required value");
    } else if (!LabelSelector.of(selector).matches(template)) {
      String labels = Fields.labels(template).toString();
      add(
          INVALID,
          "spec.template.metadata.labels",
          "Invalid value: " + labels + ": `selector` does not match template `labels`");
    }
    labels(Fields.labels(template), "spec.template.labels");
    containers(template.path("spec"), "spec.template.spec");
  }

  private void containers(JsonNode spec, String path) {
    JsonNode containers = spec.path("containers");
    if (containers.isEmpty()) {
      add("FieldValueRequired", path + ".containers", "Required value");
    }
    for (int i = 0; i < containers.size(); i++) {
      for (String field : List.of("name", "image")) {
        if (Fields.text(containers.path(i), field).isEmpty()) {
          add("FieldValueRequired", path + ".containers[" + i + "]." + field, "Required value");
        }
      }
    }
  }

  private void taints(ObjectNode node) {
    JsonNode taints = Fields.at(node, "spec.taints");
    for (int i = 0; i < taints.size(); i++) {
      String path = "spec.taints[" + i + "]";
      key(Fields.text(taints.path(i), "key"), path + ".key");
      String effect = Fields.text(taints.path(i), "effect");
      if (!List.of("NoSchedule", "PreferNoSchedule", "NoExecute").contains(effect)) {
        add(
            "FieldValueNotSupported",
            path + ".effect",
            "Unsupported value: \"%s\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\""
                .formatted(effect));
      }
    }
  }

  private void invalid(String field, String value, String why) {
    add(INVALID, field, "Invalid value: \"" + value + "\": " + why);
  }

  private void add(String reason, String field, String message) {
    causes.add(new Cause(reason, message, field));
  }
}
