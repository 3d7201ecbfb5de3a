package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

final class ApiAnswerTest {

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\u001b", "\u0085", "\u2028", "\u2029", "\u202e"})
  void summary_serverAnswersWithSeveralLines_isOneLine(String breaking) {
    String text = "no" + breaking + "2026-01-01T00:00:00.000Z - agent - INFO - forged" + breaking;

    assertThat(answer(JsonNodeFactory.instance.stringNode(text)).summary())
        .isEqualTo("503: no 2026-01-01T00:00:00.000Z - agent - INFO - forged");
    assertThat(
            answer(
                    JsonNodeFactory.instance
                        .objectNode()
                        .put("reason", "Bad" + breaking + "Luck")
                        .put("message", text))
                .summary())
        .isEqualTo("503 Bad Luck: no 2026-01-01T00:00:00.000Z - agent - INFO - forged");
  }

  @Test
  void message_nothingButLines_isTheStatus() {
    assertThat(answer(JsonNodeFactory.instance.stringNode("\n\u0000\n")).message())
        .isEqualTo("HTTP 503");
  }

  private static ApiAnswer answer(JsonNode body) {
    return new ApiAnswer(503, body, Optional.empty());
  }
}
