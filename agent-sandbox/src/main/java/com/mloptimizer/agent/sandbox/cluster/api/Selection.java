package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.LabelSelector;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** What of a collection a call asks for: labels and fields. */
record Selection(LabelSelector labels, List<FieldTerm> fields) {
  /** One term of a field selector. */
  record FieldTerm(String path, boolean equal, String value) {
    boolean matches(JsonNode object) {
      return Fields.at(object, path).asString("").equals(value) == equal;
    }
  }

  private static final Set<String> EVERY_KIND = Set.of("metadata.name", "metadata.namespace");

  /** The fields that the real server indexes, by resource. */
  private static final Map<String, Set<String>> BY_KIND =
      Map.of(
          "pods",
              Set.of(
                  "spec.nodeName",
                  "spec.restartPolicy",
                  "spec.schedulerName",
                  "spec.serviceAccountName",
                  "spec.hostNetwork",
                  "status.phase",
                  "status.podIP",
                  "status.nominatedNodeName"),
          "nodes", Set.of("spec.unschedulable"),
          "namespaces", Set.of("status.phase"),
          "secrets", Set.of("type"),
          "services", Set.of("spec.clusterIP", "spec.type"),
          "replicasets.apps", Set.of("status.replicas"),
          "jobs.batch", Set.of("status.successful"),
          "events",
              Set.of(
                  "involvedObject.kind",
                  "involvedObject.namespace",
                  "involvedObject.name",
                  "involvedObject.uid",
                  "involvedObject.apiVersion",
                  "involvedObject.resourceVersion",
                  "involvedObject.fieldPath",
                  "reason",
                  "reportingComponent",
                  "source",
                  "type"));

  private static final Pattern COMMA = Pattern.compile(",");
  private static final Pattern TERM = Pattern.compile("([^=!]+)(==|=|!=)(.*)");

  static Selection of(ApiCall call, ResourceKind kind) {
    LabelSelector labels = LabelSelector.parse(call.query("labelSelector"));
    List<FieldTerm> fields =
        COMMA
            .splitAsStream(call.query("fieldSelector"))
            .filter(term -> !term.isBlank())
            .map(term -> term(term.strip(), kind))
            .toList();
    return new Selection(labels, fields);
  }

  private static FieldTerm term(String text, ResourceKind kind) {
    Matcher matcher = TERM.matcher(text);
    if (!matcher.matches()) {
      throw ApiFailure.badRequest(
          "invalid selector: '" + text + "'; can't understand '" + text + "'");
    }
    String path = matcher.group(1);
    Set<String> known = BY_KIND.getOrDefault(kind.qualifiedName(), Set.of());
    if (!EVERY_KIND.contains(path) && !known.contains(path)) {
      throw ApiFailure.badRequest("field label not supported: " + path);
    }
    return new FieldTerm(path, !matcher.group(2).equals("!="), matcher.group(3));
  }

  boolean isEverything() {
    return labels.requirements().isEmpty() && fields.isEmpty();
  }

  boolean matches(JsonNode object) {
    return labels.matches(object) && fields.stream().allMatch(term -> matches(term, object));
  }

  /** An absent boolean is false to a selector, as it is to the typed server. */
  private static boolean matches(FieldTerm term, JsonNode object) {
    if (term.value().equals("false") && Fields.at(object, term.path()).isMissingNode()) {
      return term.equal();
    }
    return term.matches(object);
  }
}
