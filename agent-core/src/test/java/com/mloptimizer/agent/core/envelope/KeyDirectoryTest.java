package com.mloptimizer.agent.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.reload.Reloaded;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyDirectoryTest {
  private static final String OLD = "o".repeat(32);
  private static final String NEW = "n".repeat(32);

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);

  private final CollectorRegistry registry = new CollectorRegistry();

  @TempDir private Path folder;

  private KeyDirectory open() {
    registry.clear();
    return new KeyDirectory(folder, nanos::get, new ReloadMetrics(registry));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static List<String> ids(KeyDirectory keys) {
    return keys.get().keys().stream().map(SigningKey::keyId).toList();
  }

  private static boolean believes(KeyDirectory keys, String secret) {
    String envelope =
        new EnvelopeSigner(SigningKey.of("any", secret)).sign(PayloadType.ACTION, new byte[1]);
    return new EnvelopeVerifier(keys).verify(ReceivedEnvelope.of(envelope), PayloadType.ACTION)
        instanceof Verification.Verified;
  }

  /** As Kubernetes' AtomicWriter does it: a new folder, then one rename of the link to it. */
  private void mount(String version, String... idsAndSecrets) throws IOException {
    Path data = Files.createDirectory(folder.resolve("..2026_" + version));
    for (int i = 0; i < idsAndSecrets.length; i += 2) {
      Files.writeString(data.resolve(idsAndSecrets[i]), idsAndSecrets[i + 1]);
    }
    Path swap = Files.createSymbolicLink(folder.resolve("..data_tmp"), data.getFileName());
    Files.move(swap, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void get_everyFile_isAKeyOfItsName() throws IOException {
    Files.writeString(folder.resolve("b"), NEW);
    Files.writeString(folder.resolve("a"), OLD);
    Files.writeString(folder.resolve(".hidden"), "short");
    Files.createDirectory(folder.resolve("folder"));
    KeyDirectory keys = open();

    assertThat(ids(keys)).containsExactly("a", "b");
    assertThat(believes(keys, OLD)).isTrue();
    assertThat(believes(keys, NEW)).isTrue();
  }

  @Test
  void get_rotation_isSeenAfterTheIntervalAndNotBefore() throws IOException {
    Files.writeString(folder.resolve("old"), OLD);
    KeyDirectory keys = open();
    Files.writeString(folder.resolve("new"), NEW);

    pass(Reloaded.INTERVAL.minusNanos(1));
    assertThat(ids(keys)).containsExactly("old");
    pass(Duration.ofNanos(1));
    assertThat(ids(keys)).containsExactly("new", "old");
  }

  @Test
  void get_removedKey_stopsVerifyingAfterTheInterval() throws IOException {
    Files.writeString(folder.resolve("old"), OLD);
    Files.writeString(folder.resolve("new"), NEW);
    KeyDirectory keys = open();
    assertThat(believes(keys, OLD)).isTrue();

    Files.delete(folder.resolve("old"));
    pass(Reloaded.INTERVAL);

    assertThat(believes(keys, OLD)).isFalse();
    assertThat(believes(keys, NEW)).isTrue();
  }

  @Test
  void get_lastKeyRemoved_nothingVerifies() throws IOException {
    Files.writeString(folder.resolve("old"), OLD);
    KeyDirectory keys = open();
    Files.delete(folder.resolve("old"));
    pass(Reloaded.INTERVAL);

    assertThat(believes(keys, OLD)).isFalse();

    Files.writeString(folder.resolve("new"), NEW);
    pass(Reloaded.INTERVAL);
    assertThat(believes(keys, NEW)).isTrue();
  }

  @Test
  void get_changedContent_replacesTheKey() throws IOException {
    Files.writeString(folder.resolve("key"), OLD);
    KeyDirectory keys = open();
    Files.writeString(folder.resolve("key"), NEW);
    pass(Reloaded.INTERVAL);

    assertThat(believes(keys, OLD)).isFalse();
    assertThat(believes(keys, NEW)).isTrue();
  }

  @Test
  void get_halfWrittenKey_keepsTheOldSetUntilItIsWhole() throws IOException {
    Files.writeString(folder.resolve("old"), OLD);
    KeyDirectory keys = open();
    Files.delete(folder.resolve("old"));
    Files.writeString(folder.resolve("new"), "n".repeat(31));
    pass(Reloaded.INTERVAL);
    assertThat(ids(keys)).containsExactly("old");
    pass(Reloaded.INTERVAL);
    assertThat(ids(keys)).containsExactly("old");
    assertThat(failures()).isEqualTo(2);

    Files.writeString(folder.resolve("new"), NEW);
    pass(Reloaded.INTERVAL);
    assertThat(ids(keys)).containsExactly("new");
    assertThat(failures()).isEqualTo(2);
  }

  private double failures() {
    return registry.getSampleValue(
        "agent_reload_failures_total", new String[] {"source"}, new String[] {"signing_keys"});
  }

  @Test
  void get_folderGone_keepsTheOldSetUntilItIsBack() throws IOException {
    Files.writeString(folder.resolve("old"), OLD);
    KeyDirectory keys = open();
    Path away = folder.resolveSibling(folder.getFileName() + "-away");
    Files.move(folder, away);
    pass(Reloaded.INTERVAL);
    assertThat(ids(keys)).containsExactly("old");

    Files.writeString(away.resolve("new"), NEW);
    Files.move(away, folder);
    pass(Reloaded.INTERVAL);
    assertThat(ids(keys)).containsExactly("new", "old");
  }

  @Test
  void get_mountSwappedByKubernetes_isReadAsAWhole() throws IOException {
    mount("1", "old", OLD);
    Files.createSymbolicLink(folder.resolve("old"), Path.of("..data", "old"));
    KeyDirectory keys = open();
    assertThat(ids(keys)).containsExactly("old");

    // Between the swap and the new link of the key's own, which Kubernetes makes later.
    mount("2", "new", NEW);
    pass(Reloaded.INTERVAL);

    assertThat(ids(keys)).containsExactly("new");
    assertThat(believes(keys, OLD)).isFalse();
  }

  @Test
  void open_unusableFolder_saysWhy() throws IOException {
    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no key");

    Files.writeString(folder.resolve("k"), "s".repeat(31));
    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'k' has 31 bytes")
        .hasMessageNotContaining("ss");

    Files.writeString(folder.resolve("k"), "s".repeat(4097));
    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("larger");

    assertThatThrownBy(
            () -> new KeyDirectory(folder.resolve("none"), nanos::get, ReloadMetrics.unscraped()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("NoSuchFile");
  }
}
