package com.mloptimizer.agent.main.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

/** The elector with an API server that answers late or not at all. */
@Timeout(60)
class LeaderElectorIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  @TempDir private Path folder;

  private final EmbeddedCluster cluster =
      EmbeddedCluster.builder().nodes(1).demoWorkloads(false).build();
  private KubernetesClient client;
  private LeaderElector elector;

  @BeforeEach
  void start() throws Exception {
    cluster.start();
    client =
        KubernetesAccess.from(Map.of(), folder)
            .withKubeconfig(cluster.writeKubeconfig(folder.resolve("kubeconfig")))
            .open("it");
  }

  @AfterEach
  void stop() {
    elector.close();
    client.close();
    cluster.close();
  }

  @Test
  void run_lostWhileAWriteIsUnderWay_cutsItOffBeforeAnotherCanLead() throws Exception {
    lead(new LeaseSettings("default", "agent", "one", seconds(6), seconds(3), seconds(1)));
    CompletableFuture<IOException> failure = patchANodeThatTakes(seconds(30));
    long began = System.nanoTime();
    cluster.faults().fail(LeaderElectorIT::isAboutTheLease, 1000);

    IOException cutOff = failure.get(SOON.toSeconds(), TimeUnit.SECONDS);

    assertThat(cutOff).hasMessageContaining("PATCH");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(seconds(6));
    assertThat(elector.state()).isEqualTo(State.LOST);
    assertThat(elector.lossReason()).startsWith("the lease was not renewed for 3 s: 500");
    assertThat(elector.missing()).hasValueSatisfying(why -> assertThat(why).startsWith("lost: "));
  }

  @Test
  void release_writeUnderWay_leavesTheLeaseToRunOut() throws Exception {
    lead(LeaseSettings.standard("default", "agent", "one"));
    CompletableFuture<IOException> failure = patchANodeThatTakes(seconds(5));

    elector.release();
    assertThat(elector.isLeading()).isFalse();

    assertThat(failure.get(SOON.toSeconds(), TimeUnit.SECONDS)).as("it may end").isNull();
    elector.close();
    assertThat(holder()).isEqualTo("one");
  }

  @Test
  void release_nothingUnderWay_emptiesTheLease() throws Exception {
    lead(LeaseSettings.standard("default", "agent", "one"));

    elector.release();

    assertThat(cluster.await(() -> holder().isEmpty(), SOON)).isTrue();
    assertThat(elector.livenessProblem()).isEmpty();
  }

  @Test
  void run_oneRenewalHangs_isTriedAgainInTimeAndStaysLeader() throws Exception {
    lead(LeaseSettings.standard("default", "agent", "one"));
    String renewed = renewTime();
    CountDownLatch hanging = new CountDownLatch(1);
    cluster.faults().before(LeaderElectorIT::isAboutTheLease, () -> awaitForSeconds(hanging, 30));

    assertThat(cluster.await(() -> !renewTime().equals(renewed), SOON)).isTrue();

    assertThat(elector.state()).isEqualTo(State.LEADING);
    hanging.countDown();
  }

  private void lead(LeaseSettings settings) throws InterruptedException {
    elector = new LeaderElector(settings, client, Ticker.system(), InstantSource.system());
    elector.start();
    assertThat(cluster.await(elector::isLeading, SOON)).isTrue();
  }

  /** Null if the write was answered. */
  private CompletableFuture<IOException> patchANodeThatTakes(Duration time)
      throws InterruptedException {
    KubernetesClient fenced = client.fencedBy(elector.fence());
    CompletableFuture<IOException> end = new CompletableFuture<>();
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    cluster
        .faults()
        .before(
            request -> request.path().startsWith("/api/v1/nodes/"),
            () -> {
              arrived.countDown();
              awaitForSeconds(never, time.toSeconds());
            });
    String node = cluster.list("v1", "Node", "").getFirst().at("/metadata/name").asString();
    ApiRequest patch =
        ApiRequest.mergePatch(
            ResourcePath.core("nodes").name(node), JsonNodeFactory.instance.objectNode());
    Thread.ofVirtual()
        .start(() -> {
          try {
            fenced.send(patch);
            end.complete(null);
          } catch (IOException e) {
            end.complete(e);
          }
        });
    assertThat(arrived.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return end;
  }

  private static boolean isAboutTheLease(com.mloptimizer.agent.sandbox.cluster.ApiRequest request) {
    return request.path().contains("/leases/");
  }

  private static void awaitForSeconds(CountDownLatch latch, long seconds) {
    try {
      latch.await(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String holder() {
    return lease("/spec/holderIdentity");
  }

  private String renewTime() {
    return lease("/spec/renewTime");
  }

  private String lease(String field) {
    return cluster
        .get("coordination.k8s.io/v1", "Lease", "default", "agent")
        .orElseThrow()
        .at(field)
        .asString();
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}
