package com.mloptimizer.agent.main.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.FencedWriteException;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.main.leadership.Leadership.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Two electors and a real API server, in a namespace of its own; {@code -Dit.kubeconfig=FILE}. */
@EnabledIfSystemProperty(named = "it.kubeconfig", matches = ".+")
@Timeout(180)
class LeaderElectorRealClusterIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path folder;

  private final String namespace = "leader-it-" + UUID.randomUUID().toString().substring(0, 8);
  private final ResourcePath leases =
      ResourcePath.group("coordination.k8s.io", "v1", "leases").namespace(namespace);
  private final List<AutoCloseable> opened = new ArrayList<>();
  private KubernetesClient client;

  @BeforeEach
  void start() throws Exception {
    client = client();
    send(
        ApiRequest.post(
            ResourcePath.core("namespaces"),
            JsonMapper.shared().readTree("{\"metadata\":{\"name\":\"" + namespace + "\"}}")));
  }

  @AfterEach
  void stop() throws Exception {
    client.send(ApiRequest.delete(ResourcePath.core("namespaces").name(namespace)));
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  @Test
  void start_twoAtOnce_oneLeadsAndTheOtherFollowsWhenItReleases() throws Exception {
    LeaderElector one = elector("one");
    LeaderElector two = elector("two");
    one.start();
    two.start();
    await(() -> one.isLeading() || two.isLeading(), SOON);
    LeaderElector leader = one.isLeading() ? one : two;
    LeaderElector follower = one.isLeading() ? two : one;
    await(() -> follower.missing().isEmpty(), SOON);
    assertThat(follower.state()).isEqualTo(State.STANDING_BY);

    long released = System.nanoTime();
    leader.release();
    await(follower::isLeading, SOON);

    System.out.printf(
        "released: another leads after %.1f s%n", (System.nanoTime() - released) / 1e9);
    assertThat(leader.state()).isEqualTo(State.RELEASED);
    JsonNode lease = lease();
    assertThat(lease.at("/spec/holderIdentity").asString())
        .isEqualTo(leader == one ? "two" : "one");
    assertThat(lease.at("/spec/leaseTransitions").asInt()).isEqualTo(1);
    assertThat(lease.at("/spec/leaseDurationSeconds").asInt()).isEqualTo(15);
    assertThat(Instant.parse(lease.at("/spec/renewTime").asString()))
        .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
  }

  @Test
  void start_holderIsGone_takesOverAfterItsDurationAndMayWrite() throws Exception {
    Lease ghost =
        Lease.unclaimed(namespace, "agent")
            .claimed("ghost", Duration.ofSeconds(6), Instant.now().plusSeconds(3600));
    send(ApiRequest.post(leases, ghost.object()));
    LeaderElector one = elector("one");
    KubernetesClient fenced = client.fencedBy(one.fence());

    long started = System.nanoTime();
    one.start();
    assertThatThrownBy(() -> fenced.send(label())).hasCauseInstanceOf(FencedWriteException.class);
    await(one::isLeading, SOON);

    assertThat(System.nanoTime() - started).isGreaterThanOrEqualTo(Duration.ofSeconds(6).toNanos());
    assertThat(fenced.send(label()).isSuccess()).isTrue();
  }

  @Test
  void start_leaseChangesHands_losesAndWritesNoMore() throws Exception {
    LeaderElector one = elector("one");
    KubernetesClient fenced = client.fencedBy(one.fence());
    one.start();
    await(one::isLeading, SOON);
    assertThat(fenced.send(label()).isSuccess()).as("a label in between").isTrue();

    send(
        ApiRequest.mergePatch(
            leases.name("agent"),
            JsonMapper.shared().readTree("{\"spec\":{\"holderIdentity\":\"other\"}}")));
    await(() -> one.state() == State.LOST, SOON);

    assertThat(one.lossReason()).isEqualTo("other took over");
    assertThatThrownBy(() -> fenced.send(label())).hasCauseInstanceOf(FencedWriteException.class);
    one.close();
    assertThat(lease().at("/spec/holderIdentity").asString()).isEqualTo("other");
  }

  private LeaderElector elector(String identity) throws Exception {
    LeaderElector elector =
        new LeaderElector(
            LeaseSettings.standard(namespace, "agent", identity),
            client(),
            Ticker.system(),
            InstantSource.system());
    opened.add(elector);
    return elector;
  }

  private KubernetesClient client() throws Exception {
    KubernetesClient made =
        KubernetesAccess.from(Map.of(), folder)
            .withKubeconfig(Path.of(System.getProperty("it.kubeconfig")))
            .open("it");
    opened.add(made);
    return made;
  }

  private ApiRequest label() {
    var patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").putObject("labels").put("touched", "yes");
    return ApiRequest.mergePatch(leases.name("agent"), patch);
  }

  private JsonNode lease() throws IOException {
    return client.send(ApiRequest.get(leases.name("agent"))).body();
  }

  private void send(ApiRequest request) throws IOException {
    var answer = client.send(request);
    assertThat(answer.isSuccess()).as(answer.summary()).isTrue();
  }

  private static void await(BooleanSupplier condition, Duration atMost)
      throws InterruptedException {
    long start = System.nanoTime();
    CountDownLatch never = new CountDownLatch(1);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as("waited for").isLessThan(atMost.toNanos());
      never.await(20, TimeUnit.MILLISECONDS);
    }
  }
}
