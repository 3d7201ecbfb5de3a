package com.mloptimizer.agent.main.permission;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the agent may do, as permissions and API servers come and go. */
@Timeout(60)
class CapabilitiesIT {
  @TempDir private Path directory;
  private final EmbeddedCluster cluster =
      EmbeddedCluster.builder().nodes(1).demoWorkloads(false).build();
  private final AtomicLong nanos = new AtomicLong();
  private KubernetesClient kubernetes;
  private Capabilities capabilities;

  @BeforeEach
  void start() throws Exception {
    cluster.start();
    kubernetes =
        KubernetesAccess.from(Map.of(), directory)
            .withKubeconfig(cluster.writeKubeconfig(directory.resolve("kubeconfig")))
            .open("test");
    capabilities =
        new Capabilities(kubernetes, "default", EnumSet.allOf(ActionType.class), nanos::get);
  }

  @AfterEach
  void stop() {
    kubernetes.close();
    cluster.close();
  }

  @Test
  void get_permissionGrantedLater_isAnnouncedAfterSomeMinutes() {
    cluster.deny("create", "", "pods/eviction");
    assertThat(capabilities.missing()).isEmpty();

    assertThat(capabilities.get()).contains("metrics").doesNotContain("action:evict_pod");
    assertThat(capabilities.missing().orElseThrow())
        .containsEntry("action:evict_pod", List.of("create pods/eviction"))
        .containsEntry("metrics", List.of());

    cluster.allowAll();
    int asked = cluster.requests().size();
    assertThat(capabilities.get()).doesNotContain("action:evict_pod");
    assertThat(cluster.requests()).as("not asked again at once").hasSize(asked);

    nanos.addAndGet(Duration.ofMinutes(5).toNanos());
    assertThat(capabilities.get()).contains("action:evict_pod");
    assertThat(capabilities.missing().orElseThrow()).containsEntry("action:evict_pod", List.of());
  }

  @Test
  void get_apiServerAway_keepsWhatWasKnownAndAsksLater() {
    cluster.faults().goAway();
    assertThat(capabilities.get()).containsExactly("websocket");
    cluster.faults().comeBack();
    assertThat(capabilities.get()).as("not asked at every call").containsExactly("websocket");
    nanos.addAndGet(Duration.ofSeconds(20).toNanos());
    List<String> known = capabilities.get();
    assertThat(known).contains("metrics", "action:drain_node");

    cluster.faults().goAway();
    nanos.addAndGet(Duration.ofMinutes(6).toNanos());
    assertThat(capabilities.get()).isEqualTo(known);
  }
}
