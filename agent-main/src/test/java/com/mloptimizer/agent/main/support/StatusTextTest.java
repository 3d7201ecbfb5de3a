package com.mloptimizer.agent.main.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class StatusTextTest {
  private static String text(String status) {
    return new StatusText(new JsonMapper().readTree(status)).toString();
  }

  @Test
  void toString_nothingEverWorked_saysNeverAndIdle() {
    String text =
        text(
            """
            {"ready": false, "missing": ["registered: no backend"],
             "connection": {"heartbeat_age_seconds": 34.2},
             "components": {
               "collector": {"healthy": true, "restarts": 0},
               "heartbeat": {"healthy": false, "restarts": 0, "error": "refused"}}}
            """);

    assertThat(text)
        .containsPattern("collector +idle +0 +never")
        .containsPattern("heartbeat +unhealthy +0 +never +refused")
        .containsPattern("heartbeat taken +never")
        .contains("missing: registered: no backend");
  }

  @Test
  void toString_heartbeatTaken_saysWhen() {
    String text =
        text(
            """
            {"connection": {"heartbeat_age_seconds": 3.5},
             "components": {"heartbeat":
               {"healthy": true, "restarts": 0, "last_success_at": "2026-01-01T00:00:00Z"}}}
            """);

    assertThat(text)
        .containsPattern("heartbeat +healthy +0 +2026")
        .containsPattern("heartbeat taken +3.5 s ago");
  }
}
