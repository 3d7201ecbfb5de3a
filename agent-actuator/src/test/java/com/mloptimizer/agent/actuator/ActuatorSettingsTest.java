package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.AgentIdentity;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ActuatorSettingsTest {
  @Test
  void protectedNamespaces_inAPod_includeItsOwn() {
    assertThat(settings("agent-0").protectedNamespaces())
        .containsExactlyInAnyOrder("kube-system", "ml-optimizer");
  }

  @Test
  void protectedNamespaces_outsideACluster_areThoseOfTheSystem() {
    assertThat(settings(null).protectedNamespaces()).containsExactly("kube-system");
  }

  private static ActuatorSettings settings(@Nullable String podName) {
    return ActuatorSettings.of(
        new AgentIdentity("cluster", "agent", "boot"),
        "ml-optimizer",
        podName,
        false,
        Duration.ofHours(1));
  }
}
