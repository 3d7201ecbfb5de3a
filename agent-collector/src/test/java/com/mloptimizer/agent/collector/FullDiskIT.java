package com.mloptimizer.agent.collector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A spool on a real disk of 256 KiB; needs the right to mount one. */
@Timeout(180)
final class FullDiskIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private Path disk;
  private boolean mounted;
  private EmbeddedCluster cluster;
  private KubernetesClient client;

  @BeforeEach
  void start() throws Exception {
    disk = Files.createDirectory(folder.resolve("disk"));
    String refusal = run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    mounted = refusal.isEmpty();
    assumeTrue(mounted, "cannot mount a tmpfs here: " + refusal);
    cluster = EmbeddedCluster.builder().build();
    cluster.start();
    client =
        KubernetesAccess.from(Map.of(), folder)
            .withKubeconfig(cluster.writeKubeconfig(folder.resolve("kubeconfig")))
            .open("it");
  }

  @AfterEach
  void stop() throws Exception {
    if (mounted) {
      client.close();
      cluster.close();
      assertThat(run("umount", disk.toString())).isEmpty();
    }
  }

  @Test
  void run_backendAwayUntilTheDiskIsFull_dropsWhatIsNewAndSaysSo_thenDeliversWhatWaited()
      throws Exception {
    try (RunningCollector running = new RunningCollector(client, disk)) {
      running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      running.backendAway(true);
      assertThat(eventually(() -> saysThatTheDiskIsFull(running))).isTrue();
      double dropped = dropped(running);
      double collections = running.collections();
      assertThat(eventually(() -> running.collections() > collections + 3)).isTrue();
      assertThat(dropped(running)).isGreaterThan(dropped).isPositive();
      int before = running.sequences().size();

      running.backendAway(false);

      assertThat(eventually(() -> running.status().healthy()))
          .as(running.status().toString())
          .isTrue();
      assertThat(running.sequences()).hasSizeGreaterThan(before + 10).isSorted();
      assertThat(running.sequences()).doesNotHaveDuplicates();
      assertThat(running.metric("agent_batches_dropped_total", "reason", "damaged")).isZero();
    }
  }

  @Test
  void run_somebodyElseFillsTheDisk_recoversWhenThereIsRoomAgain() throws Exception {
    Path ballast = disk.resolve("ballast");
    fill(ballast);
    try (RunningCollector running = new RunningCollector(client, disk)) {
      assertThat(eventually(() -> saysThatTheDiskIsFull(running))).isTrue();
      assertThat(dropped(running)).isPositive();

      Files.delete(ballast);

      RunningCollector.Collected collected =
          running.awaitCollected(each -> !each.all(PodMetric.class).isEmpty());
      assertThat(collected.all(PodMetric.class)).hasSize(cluster.list("v1", "Pod", "").size());
      assertThat(eventually(() -> running.status().healthy()))
          .as(running.status().toString())
          .isTrue();
    }
  }

  private static boolean saysThatTheDiskIsFull(RunningCollector running) {
    return String.valueOf(running.status().error()).contains("No space left on device");
  }

  private static double dropped(RunningCollector running) {
    return running.metric("agent_batches_dropped_total", "reason", "disk");
  }

  private static void fill(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] page = new byte[4096];
      while (true) {
        out.write(page);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left on device");
    }
  }

  /** What a command complained about; empty if it succeeded. */
  private static String run(String... command) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0 ? "" : command[0] + ": " + said.strip();
  }

  private boolean eventually(BooleanSupplier condition) throws InterruptedException {
    return cluster.await(condition, DEADLINE);
  }
}
