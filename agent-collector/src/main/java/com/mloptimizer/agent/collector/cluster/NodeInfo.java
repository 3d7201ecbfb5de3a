package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import com.mloptimizer.agent.core.protocol.NodeMetric.NodeTaint;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * A node.
 *
 * @param skipped the quantities in it that cannot be used, for people
 */
public record NodeInfo(
    Meta meta,
    boolean unschedulable,
    List<NodeTaint> taints,
    Amounts capacity,
    Amounts allocatable,
    @Nullable Long podsAllocatable,
    Conditions conditions,
    @Nullable String kubeletVersion,
    List<String> skipped)
    implements Tracked {

  @Override
  public String uid() {
    return meta.uid();
  }

  @Override
  public String resourceVersion() {
    return meta.resourceVersion();
  }

  /** Whether its kubelet says that it can run pods. */
  public boolean isReady() {
    return conditions.isTrue("Ready");
  }

  static NodeInfo read(JsonParser parser, Interner interner) {
    return new Reader(interner).read(ObjectCursor.over(parser));
  }

  private static final class Reader {
    private final Interner interner;
    private final QuantityReader quantities = new QuantityReader();
    private Meta meta = Meta.NONE;
    private boolean unschedulable;
    private List<NodeTaint> taints = List.of();
    private Amounts capacity = Amounts.NONE;
    private Amounts allocatable = Amounts.NONE;
    private @Nullable Long podsAllocatable;
    private Conditions conditions = Conditions.NONE;
    private @Nullable String kubeletVersion;

    Reader(Interner interner) {
      this.interner = interner;
    }

    NodeInfo read(ObjectCursor node) {
      while (node.next()) {
        switch (node.field()) {
          case "metadata" -> meta = Meta.read(node.object(), interner);
          case "spec" -> readSpec(node.object());
          case "status" -> readStatus(node.object());
          default -> {}
        }
      }
      return new NodeInfo(
          meta,
          unschedulable,
          List.copyOf(taints),
          capacity,
          allocatable,
          podsAllocatable,
          conditions,
          kubeletVersion,
          quantities.skipped());
    }

    private void readSpec(ObjectCursor spec) {
      while (spec.next()) {
        switch (spec.field()) {
          case "unschedulable" -> unschedulable = spec.flag();
          case "taints" -> taints = spec.objects(this::readTaint);
          default -> {}
        }
      }
    }

    private NodeTaint readTaint(ObjectCursor taint) {
      String key = "";
      String value = null;
      String effect = "";
      while (taint.next()) {
        switch (taint.field()) {
          case "key" -> key = interner.text(taint.text(""));
          case "value" -> value = taint.text();
          case "effect" -> effect = interner.text(taint.text(""));
          default -> {}
        }
      }
      return new NodeTaint(key, value, effect);
    }

    private void readStatus(ObjectCursor status) {
      while (status.next()) {
        switch (status.field()) {
          case "capacity" -> capacity = quantities.amounts("capacity", status.object());
          case "allocatable" ->
              allocatable = quantities.amounts("allocatable", status.object(), this::readPods);
          case "conditions" -> conditions = Conditions.read(status, interner);
          case "nodeInfo" -> readNodeInfo(status.object());
          default -> {}
        }
      }
    }

    private void readPods(ObjectCursor field) {
      if (field.field().equals("pods")) {
        podsAllocatable = quantities.whole("allocatable", field);
      }
    }

    private void readNodeInfo(ObjectCursor fields) {
      while (fields.next()) {
        if (fields.field().equals("kubeletVersion")) {
          kubeletVersion = interner.text(fields.text(""));
        }
      }
    }
  }
}
