package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the API says about itself: version, groups and resources. */
final class Discovery {
  private static final List<String> ALL_VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");
  private static final List<String> OBJECT_VERBS = List.of("get", "patch", "update");
  private static final String METRICS = "metrics.k8s.io";
  private static final String AUTHORIZATION = "authorization.k8s.io";

  private final ResourceKinds kinds;
  private final BooleanSupplier metricsServed;
  private final KubernetesVersion version;

  Discovery(ResourceKinds kinds, BooleanSupplier metricsServed, KubernetesVersion version) {
    this.kinds = kinds;
    this.metricsServed = metricsServed;
    this.version = version;
  }

  ObjectNode version() {
    return Fields.newObject()
        .put("major", version.major())
        .put("minor", version.minor())
        .put("emulationMajor", version.major())
        .put("emulationMinor", version.minor())
        .put("gitVersion", version.gitVersion())
        .put("gitCommit", "0000000000000000000000000000000000000000")
        .put("gitTreeState", "clean")
        .put("buildDate", "2025-08-27T10:16:30Z")
        .put("goVersion", "go1.24.6")
        .put("compiler", "gc")
        .put("platform", "linux/amd64");
  }

  /** {@code /api}. */
  ObjectNode core(String address) {
    ObjectNode versions = Fields.newObject().put("kind", "APIVersions");
    versions.putArray("versions").add("v1");
    ArrayNode addresses = versions.putArray("serverAddressByClientCIDRs");
    addresses.addObject().put("clientCIDR", "0.0.0.0/0").put("serverAddress", address);
    return versions;
  }

  /** {@code /apis}. */
  ObjectNode groups() {
    ObjectNode list = Fields.newObject().put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = list.putArray("groups");
    versionsByGroup().forEach((group, versions) -> groups.add(group(group, versions)));
    return list;
  }

  /** {@code /apis/GROUP}. */
  ObjectNode group(String name) {
    SequencedSet<String> versions = versionsByGroup().get(name);
    if (versions == null) {
      throw ApiFailure.unknownResource();
    }
    ObjectNode group = Fields.newObject().put("kind", "APIGroup").put("apiVersion", "v1");
    return group.setAll(group(name, versions));
  }

  private Map<String, SequencedSet<String>> versionsByGroup() {
    Map<String, SequencedSet<String>> groups = new LinkedHashMap<>();
    kinds
        .all()
        .filter(kind -> !kind.group().isEmpty())
        .forEach(kind ->
            groups
                .computeIfAbsent(kind.group(), _ -> new LinkedHashSet<>())
                .addAll(kind.versions()));
    groups.put(AUTHORIZATION, new LinkedHashSet<>(List.of("v1")));
    if (metricsServed.getAsBoolean()) {
      groups.put(METRICS, new LinkedHashSet<>(List.of("v1beta1")));
    }
    return groups;
  }

  private static ObjectNode group(String name, SequencedSet<String> versions) {
    ObjectNode group = Fields.newObject().put("name", name);
    ArrayNode list = group.putArray("versions");
    versions.forEach(version -> list.add(groupVersion(name, version)));
    group.set("preferredVersion", groupVersion(name, versions.getFirst()));
    return group;
  }

  private static ObjectNode groupVersion(String group, String version) {
    return Fields.newObject().put("groupVersion", group + "/" + version).put("version", version);
  }

  /** {@code /api/v1} and {@code /apis/GROUP/VERSION}. */
  ObjectNode resources(String group, String version) {
    ObjectNode list = Fields.newObject().put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    ArrayNode resources = list.putArray("resources");
    kinds
        .all()
        .filter(kind -> kind.group().equals(group) && kind.versions().contains(version))
        .forEach(kind -> addKind(resources, kind));
    if (group.equals(AUTHORIZATION) && version.equals("v1")) {
      add(
          resources,
          "selfsubjectaccessreviews",
          false,
          "SelfSubjectAccessReview",
          List.of("create"));
    }
    if (group.equals(METRICS) && version.equals("v1beta1") && metricsServed.getAsBoolean()) {
      add(resources, "nodes", false, "NodeMetrics", List.of("get", "list"));
      add(resources, "pods", true, "PodMetrics", List.of("get", "list"));
    }
    if (resources.isEmpty()) {
      throw ApiFailure.unknownResource();
    }
    return list;
  }

  private static void addKind(ArrayNode resources, ResourceKind kind) {
    String plural = kind.plural();
    ObjectNode main = add(resources, plural, kind.namespaced(), kind.kind(), ALL_VERBS);
    main.put("singularName", kind.singular());
    if (!kind.shortNames().isEmpty()) {
      kind.shortNames().forEach(main.putArray("shortNames")::add);
    }
    if (!kind.categories().isEmpty()) {
      kind.categories().forEach(main.putArray("categories")::add);
    }
    if (kind.equals(ResourceKinds.POD)) {
      ObjectNode eviction = add(resources, "pods/eviction", true, "Eviction", List.of("create"));
      eviction.put("group", "policy").put("version", "v1");
      add(resources, "pods/resize", true, "Pod", OBJECT_VERBS);
    }
    if (kind.has(Trait.SCALE)) {
      ObjectNode scale = add(resources, plural + "/scale", true, "Scale", OBJECT_VERBS);
      scale.put("group", "autoscaling").put("version", "v1");
    }
    if (kind.has(Trait.STATUS)) {
      add(resources, plural + "/status", kind.namespaced(), kind.kind(), OBJECT_VERBS);
    }
  }

  private static ObjectNode add(
      ArrayNode resources, String name, boolean namespaced, String kind, List<String> verbs) {
    ObjectNode resource = resources.addObject().put("name", name).put("singularName", "");
    resource.put("namespaced", namespaced).put("kind", kind);
    verbs.forEach(resource.putArray("verbs")::add);
    return resource;
  }
}
