package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AgentMetricsTest {

  @Test
  void metrics_afterASuccess_areTheGoldenText() throws Exception {
    try (ShownAgent agent = new ShownAgent().start()) {
      agent.health.succeeded();
      agent.permissions =
          Optional.of(
              Map.of(
                  "action:drain_node", List.of("create pods/eviction", "list pods"),
                  "events", List.of()));

      assertThat(own(agent.get("/metrics").body()))
          .isEqualTo(
              """
              # HELP agent_build_info The agent's version
              # TYPE agent_build_info gauge
              agent_build_info{version="1.2",application="kubernetes-agent",} 1.0
              # HELP agent_component_last_success_age_seconds Time since the component last succeeded, or since it began
              # TYPE agent_component_last_success_age_seconds gauge
              agent_component_last_success_age_seconds{component="collector",} 0.0
              # HELP agent_component_restarts_total Times the component was started anew
              # TYPE agent_component_restarts_total counter
              agent_component_restarts_total{component="collector",} 0.0
              # HELP agent_component_up 1 while the component is healthy
              # TYPE agent_component_up gauge
              agent_component_up{component="collector",} 1.0
              # HELP agent_heartbeat_age_seconds Time since the backend last took a heartbeat, or since the start
              # TYPE agent_heartbeat_age_seconds gauge
              agent_heartbeat_age_seconds 3.25
              # HELP agent_leader 1 while this process leads
              # TYPE agent_leader gauge
              agent_leader 1.0
              # HELP agent_permissions_missing Permissions that a feature lacks
              # TYPE agent_permissions_missing gauge
              agent_permissions_missing{feature="action:drain_node",} 2.0
              agent_permissions_missing{feature="events",} 0.0
              # HELP agent_ready 1 while nothing is missing
              # TYPE agent_ready gauge
              agent_ready 1.0
              # HELP agent_remote_config_failed 1 if the last remote configuration was refused
              # TYPE agent_remote_config_failed gauge
              agent_remote_config_failed 0.0
              # HELP agent_remote_config_version Version of the remote configuration in force, 0 without one
              # TYPE agent_remote_config_version gauge
              agent_remote_config_version 0.0
              # HELP agent_signing_keys Keys that verify actions
              # TYPE agent_signing_keys gauge
              agent_signing_keys 1.0
              # HELP agent_system_cpu_limit_cores Processors that the container may use
              # TYPE agent_system_cpu_limit_cores gauge
              agent_system_cpu_limit_cores 2.0
              # HELP agent_system_cpu_seconds_total Processor time of the container
              # TYPE agent_system_cpu_seconds_total counter
              agent_system_cpu_seconds_total 0.0
              # HELP agent_system_disk_size_bytes Size of the spool's disk
              # TYPE agent_system_disk_size_bytes gauge
              # HELP agent_system_disk_used_bytes Used of the spool's disk
              # TYPE agent_system_disk_used_bytes gauge
              # HELP agent_system_memory_limit_bytes Memory that the container may use
              # TYPE agent_system_memory_limit_bytes gauge
              agent_system_memory_limit_bytes 0.0
              # HELP agent_system_memory_used_bytes Memory that the container uses
              # TYPE agent_system_memory_used_bytes gauge
              agent_system_memory_used_bytes 0.0
              # HELP agent_system_network_received_bytes_total Received by the pod's interfaces
              # TYPE agent_system_network_received_bytes_total counter
              agent_system_network_received_bytes_total 0.0
              # HELP agent_system_network_sent_bytes_total Sent by the pod's interfaces
              # TYPE agent_system_network_sent_bytes_total counter
              agent_system_network_sent_bytes_total 0.0
              """);
    }
  }

  @Test
  void metrics_neverSucceeded_haveTheAgeOfWhatHasBegunOnly() throws Exception {
    try (ShownAgent agent = new ShownAgent().start()) {
      assertThat(agent.get("/metrics").body())
          .doesNotContain("\nagent_component_last_success_age_seconds{");
      agent.health.begun();
      agent.health.failed("forbidden");

      assertThat(agent.get("/metrics").body())
          .contains("\nagent_component_last_success_age_seconds{component=\"collector\",} 0.0\n");
    }
  }

  /** What differs with the machine that runs the test is left out: the size of its disk. */
  private static String own(String exposition) {
    return exposition
        .lines()
        .filter(line -> line.replaceFirst("# (HELP|TYPE) ", "").startsWith("agent_"))
        .filter(line -> !line.startsWith("agent_system_disk"))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  @Test
  void metrics_notAskedOrFollowing_haveNoPermissionsAndNoLead() throws Exception {
    try (ShownAgent agent = new ShownAgent().start()) {
      agent.leader = false;
      agent.missing = Optional.of("no answer");

      String metrics = agent.get("/metrics").body();

      assertThat(metrics)
          .contains("\nagent_leader 0.0\n", "\nagent_ready 0.0\n")
          .doesNotContain("\nagent_permissions_missing{");
    }
  }
}
