package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure.Cause;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind.Trait;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Which part of an object a write may change; the rest stays, or its change is refused. */
public enum WriteScope {
  /** Everything except the status, where the kind has a status subresource. */
  MAIN {
    @Override
    ObjectNode limit(ResourceKind kind, ObjectNode before, ObjectNode wanted) {
      if (kind.has(Trait.STATUS)) {
        keep("status", before, wanted);
      }
      if (kind.equals(ResourceKinds.POD)) {
        requireSame(kind, before, wanted, WriteScope::mutableByUpdate, POD_RULE, "spec");
      } else if (HAS_SELECTOR.contains(kind)) {
        requireSameSelector(kind, before, wanted);
      }
      return wanted;
    }
  },
  /** The status only. */
  STATUS {
    @Override
    ObjectNode limit(ResourceKind kind, ObjectNode before, ObjectNode wanted) {
      ObjectNode after = before.deepCopy();
      keep("status", wanted, after);
      return after;
    }
  },
  /** The resources of a pod's containers: {@code pods/resize}. */
  RESIZE {
    @Override
    ObjectNode limit(ResourceKind kind, ObjectNode before, ObjectNode wanted) {
      keep("status", before, wanted);
      requireSame(kind, before, wanted, WriteScope::mutableByResize, RESIZE_RULE, "spec");
      return wanted;
    }
  };

  private static final String POD_RULE =
      "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
          + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only"
          + " additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to"
          + " be set to 1 if it was previously negative)";
  private static final String RESIZE_RULE = "Forbidden: only cpu and memory resources are mutable";
  private static final List<ResourceKind> HAS_SELECTOR =
      List.of(
          ResourceKinds.DEPLOYMENT,
          ResourceKinds.REPLICA_SET,
          ResourceKinds.STATEFUL_SET,
          ResourceKinds.DAEMON_SET);

  /** The object to store: what was wanted, as far as the scope reaches. */
  abstract ObjectNode limit(ResourceKind kind, ObjectNode before, ObjectNode wanted);

  private static void keep(String field, ObjectNode from, ObjectNode to) {
    to.remove(field);
    from.optional(field).ifPresent(value -> to.set(field, value));
  }

  /** Takes what may change out of a pod's spec. */
  @FunctionalInterface
  private interface Mask {
    ObjectNode apply(ObjectNode spec);
  }

  private static void requireSame(
      ResourceKind kind,
      ObjectNode before,
      ObjectNode wanted,
      Mask mask,
      String rule,
      String field) {
    ObjectNode old = mask.apply(Fields.object(before.deepCopy(), "spec"));
    ObjectNode now = mask.apply(Fields.object(wanted.deepCopy(), "spec"));
    if (!old.equals(now)) {
      Cause cause = new Cause("FieldValueForbidden", rule, field);
      throw ApiFailure.invalid(kind, Fields.name(before), List.of(cause));
    }
  }

  private static ObjectNode mutableByUpdate(ObjectNode spec) {
    spec.remove(List.of("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"));
    containers(spec, List.of("image", "imagePullPolicy"));
    return spec;
  }

  private static ObjectNode mutableByResize(ObjectNode spec) {
    containers(spec, List.of("resources", "resizePolicy"));
    return spec;
  }

  private static void containers(ObjectNode spec, List<String> fields) {
    for (String list : List.of("containers", "initContainers")) {
      for (JsonNode container : spec.path(list)) {
        if (container instanceof ObjectNode object) {
          object.remove(fields);
        }
      }
    }
  }

  private static void requireSameSelector(ResourceKind kind, ObjectNode before, ObjectNode wanted) {
    JsonNode selector = Fields.at(wanted, "spec.selector");
    if (!selector.equals(Fields.at(before, "spec.selector"))) {
      String message = "Invalid value: " + selector + ": field is immutable";
      Cause cause = new Cause("FieldValueInvalid", message, "spec.selector");
      throw ApiFailure.invalid(kind, Fields.name(before), List.of(cause));
    }
  }
}
