package com.mloptimizer.agent.sandbox.cluster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.Change;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.ChangeType;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class ObjectStoreTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  private final ObjectStore store = new ObjectStore(new Seed(1), () -> NOW, 8);

  private ObjectNode pod(String name) {
    ObjectNode pod = Fields.newObject().put("kind", "Pod").put("apiVersion", "v1");
    pod.putObject("metadata").put("name", name).put("namespace", "shop");
    pod.putObject("spec").put("nodeName", "");
    return store.create(ResourceKinds.POD, pod, WriteMode.COMMIT);
  }

  private static ObjectKey key(String name) {
    return new ObjectKey(ResourceKinds.POD, "shop", name);
  }

  private static UnaryOperator<ObjectNode> putting(String parent, String field, String value) {
    return object -> {
      Fields.object(object, parent).put(field, value);
      return object;
    };
  }

  @Test
  void create_newObject_serverMetadataFilledIn() {
    ObjectNode created = pod("a");

    assertThat(Fields.uid(created)).hasSize(36);
    assertThat(Fields.text(created, "metadata.creationTimestamp")).isEqualTo(NOW.toString());
    assertThat(Fields.text(created, "metadata.resourceVersion")).isEqualTo("1001");
    assertThat(Fields.number(created, "metadata.generation", 0)).isEqualTo(1);
  }

  @Test
  void create_nameReused_uidDiffers() {
    String first = Fields.uid(pod("a"));
    store.remove(key("a"));

    assertThat(Fields.uid(pod("a"))).isNotEqualTo(first);
  }

  @Test
  void update_specChanged_generationRaised() {
    pod("a");
    store.update(key("a"), WriteMode.COMMIT, putting("status", "phase", "Running"));
    assertThat(Fields.number(store.require(key("a")), "metadata.generation", 0)).isEqualTo(1);

    store.update(key("a"), WriteMode.COMMIT, putting("spec", "nodeName", "n"));
    assertThat(Fields.number(store.require(key("a")), "metadata.generation", 0)).isEqualTo(2);
  }

  @Test
  void update_nothingChanged_versionStays() {
    pod("a");
    long before = store.version();

    store.update(key("a"), WriteMode.COMMIT, object -> object);

    assertThat(store.version()).isEqualTo(before);
  }

  @Test
  void update_dryRun_nothingStored() {
    pod("a");
    long before = store.version();

    ObjectNode planned =
        store.update(key("a"), WriteMode.DRY_RUN, putting("spec", "nodeName", "n"));

    assertThat(Fields.text(planned, "spec.nodeName")).isEqualTo("n");
    assertThat(Fields.text(store.require(key("a")), "spec.nodeName")).isEmpty();
    assertThat(store.version()).isEqualTo(before);
  }

  @Test
  void update_lastFinalizerGoes_deletedObjectRemoved() {
    pod("a");
    store.update(
        key("a"),
        WriteMode.COMMIT,
        object -> {
          Fields.array(object, "metadata.finalizers").add("x/y");
          return object;
        });
    new Deletion(store).delete(key("a"), Deletion.Options.none());
    assertThat(store.get(key("a"))).isPresent();

    store.update(
        key("a"),
        WriteMode.COMMIT,
        object -> {
          Fields.object(object, "metadata").remove("finalizers");
          return object;
        });

    assertThat(store.get(key("a"))).isEmpty();
  }

  @Test
  void listAt_pastVersion_changesUndone() {
    pod("a");
    pod("b");
    long then = store.version();
    store.remove(key("a"));
    store.update(key("b"), WriteMode.COMMIT, putting("spec", "nodeName", "n"));
    pod("c");

    List<ObjectNode> past = store.listAt(ResourceKinds.POD, "shop", then).items();

    assertThat(past).extracting(Fields::name).containsExactly("a", "b");
    assertThat(Fields.text(past.getLast(), "spec.nodeName")).isEmpty();
  }

  @Test
  void changesAfter_cursor_changesInOrder() throws InterruptedException {
    pod("a");
    long cursor = store.version();
    pod("b");
    store.remove(key("a"));

    List<Change> changes = store.changesAfter(cursor, Duration.ZERO);

    assertThat(changes)
        .extracting(Change::type)
        .containsExactly(ChangeType.ADDED, ChangeType.DELETED);
    assertThat(changes).extracting(Change::version).containsExactly(cursor + 1, cursor + 2);
  }

  @Test
  void changesAfter_historyFull_expired() {
    long cursor = store.version();
    for (int i = 0; i < 9; i++) {
      pod("p" + i);
    }

    assertThatExceptionOfType(ApiFailure.class)
        .isThrownBy(() -> store.changesAfter(cursor, Duration.ZERO))
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(410));
  }

  @Test
  void changesAfter_historyForgotten_onlyOlderExpired() throws InterruptedException {
    pod("a");
    long old = store.version() - 1;
    store.forgetHistory();

    assertThat(store.changesAfter(store.version(), Duration.ZERO)).isEmpty();
    assertThatExceptionOfType(ApiFailure.class)
        .isThrownBy(() -> store.changesAfter(old, Duration.ZERO));
  }
}
