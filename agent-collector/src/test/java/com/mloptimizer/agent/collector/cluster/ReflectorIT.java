package com.mloptimizer.agent.collector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.collector.cluster.Reflector.ReflectedResource;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.sandbox.cluster.ApiRequest;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One resource of the embedded cluster, whose API does what it shouldn't, again and again. */
@Timeout(120)
final class ReflectorIT {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final int ALWAYS = 100_000;
  private static final Predicate<ApiRequest> PODS =
      request -> request.path().equals("/api/v1/pods");
  private static final Predicate<ApiRequest> LISTS = PODS.and(request -> !request.isWatch());
  private static final Predicate<ApiRequest> WATCHES = PODS.and(ApiRequest::isWatch);

  @TempDir Path folder;
  private final Cache<PodInfo> cache = new Cache<>();
  private final List<Optional<String>> problemsAfterLists =
      Collections.synchronizedList(new ArrayList<>());
  private EmbeddedCluster cluster;
  private KubernetesClient client;
  private Reflector<PodInfo> reflector;
  private Thread thread;

  @BeforeEach
  void start() throws Exception {
    cluster = EmbeddedCluster.builder().build();
    cluster.start();
    client =
        KubernetesAccess.from(Map.of(), folder)
            .withKubeconfig(cluster.writeKubeconfig(folder.resolve("kubeconfig")))
            .open("it");
    Interner interner = new Interner();
    reflector =
        new Reflector<>(
            client,
            new ReflectedResource<>(
                "pods",
                ResourcePath.core("pods"),
                ListOptions.all(),
                parser -> PodInfo.read(parser, interner)),
            cache,
            new WatchListener() {
              @Override
              public void listed(String resource, Duration took) {
                problemsAfterLists.add(reflector.problem());
              }

              @Override
              public void restarted(String resource) {}
            },
            new Backoff(Duration.ofMillis(100), Duration.ofMinutes(1), () -> 0.5));
    thread = Thread.ofPlatform().unstarted(this::run);
  }

  private void run() {
    try {
      reflector.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    reflector.close();
    thread.interrupt();
    thread.join(Duration.ofSeconds(10));
    client.close();
    cluster.close();
  }

  @Test
  void run_everyWatchExpired_listsEverMoreSeldomAndSaysSo_thenRecovers() throws Exception {
    cluster.faults().answer(WATCHES, ALWAYS, 410, "Expired", "too old resource version");
    thread.start();
    long began = System.nanoTime();
    assertThat(eventually(() -> count(LISTS) >= 6)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .as("waits of 50, 100, 200, 400 and 800 ms between six lists")
        .isGreaterThan(Duration.ofMillis(1500));
    assertThat(reflector.problem().orElse("")).contains("pods: 410");
    assertThat(problemsAfterLists.subList(2, problemsAfterLists.size()))
        .as("a list alone is no recovery")
        .allMatch(Optional::isPresent);

    cluster.faults().clear();
    long watches = count(WATCHES);
    assertThat(eventually(() -> count(WATCHES) > watches)).isTrue();
    assertThat(reflector.problem()).as("accepted, but nothing came by it yet").isPresent();
    cluster.apply(pod("any"));
    assertThat(eventually(() -> reflector.problem().isEmpty())).isTrue();
  }

  @Test
  void run_watchesRefusedByAGateway_listsNowAndThenAndSaysSo_thenRecovers() throws Exception {
    cluster.faults().answer(WATCHES, ALWAYS, 400, "BadRequest", "unknown parameter watch");
    thread.start();
    assertThat(eventually(() -> problemsAfterLists.size() >= 3)).isTrue();
    assertThat(problemsAfterLists.subList(1, problemsAfterLists.size()))
        .allSatisfy(problem -> assertThat(problem.orElse("")).contains("pods: 400"));
    assertThat(reflector.isSynced()).isTrue();

    cluster.faults().clear();
    assertThat(eventually(() -> reflector.problem().isEmpty())).isTrue();
  }

  @Test
  void run_pagesExpire_listsInOnePage() throws Exception {
    cluster
        .faults()
        .answer(
            LISTS.and(request -> request.query().contains("limit=")),
            ALWAYS,
            410,
            "Expired",
            "the provided continue parameter is too old");
    thread.start();

    assertThat(eventually(reflector::isSynced)).isTrue();
    assertThat(cache.all()).hasSize(cluster.list("v1", "Pod", "").size());
    assertThat(reflector.problem()).isEmpty();
  }

  @Test
  void run_listsExpireAgainAndAgain_saysSo() throws Exception {
    cluster.faults().answer(LISTS, ALWAYS, 410, "Expired", "too old");
    thread.start();

    assertThat(eventually(() -> reflector.problem().orElse("").contains("410"))).isTrue();
    cluster.faults().clear();
    assertThat(eventually(() -> reflector.isSynced() && reflector.problem().isEmpty())).isTrue();
  }

  @Test
  void run_permissionTakenAway_isNoLongerSynced_untilItIsGivenBack() throws Exception {
    thread.start();
    assertThat(eventually(reflector::isSynced)).isTrue();

    cluster.deny("*", "", "pods");
    cluster.faults().cutWatches();

    assertThat(eventually(() -> !reflector.isSynced())).isTrue();
    assertThat(reflector.isSettled()).isTrue();
    assertThat(reflector.problem().orElse("")).contains("pods: 403");
    cluster.allowAll();
    assertThat(eventually(() -> reflector.isSynced() && reflector.problem().isEmpty())).isTrue();
  }

  @Test
  void run_refusedForAMoment_keepsWhatItHasAndListsNothing() throws Exception {
    thread.start();
    assertThat(eventually(() -> count(WATCHES) == 1)).isTrue();

    cluster.faults().answer(WATCHES, 2, 403, "Forbidden", "RBAC: clusterrole not found");
    cluster.faults().cutWatches();

    assertThat(eventually(() -> count(WATCHES) >= 4 && reflector.problem().isEmpty())).isTrue();
    assertThat(count(LISTS)).isEqualTo(1);
    assertThat(reflector.isSynced()).isTrue();
  }

  private boolean eventually(BooleanSupplier condition) throws InterruptedException {
    return cluster.await(condition, DEADLINE);
  }

  private long count(Predicate<ApiRequest> wanted) {
    return cluster.requests().stream().filter(wanted).count();
  }

  private static String pod(String name) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, namespace: default}
    spec: {containers: [{name: c, image: c}]}
    """
        .formatted(name);
  }
}
