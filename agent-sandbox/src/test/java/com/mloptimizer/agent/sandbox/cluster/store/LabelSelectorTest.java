package com.mloptimizer.agent.sandbox.cluster.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class LabelSelectorTest {
  private final JsonMapper json = JsonMapper.builder().build();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=web | true",
        "app==web | true",
        "app!=web | false",
        "none!=web | true",
        "app=web,tier=front | true",
        "app=web,tier=back | false",
        "app in (web, api) | true",
        "app notin (web) | false",
        "none notin (web) | true",
        "app | true",
        "!app | false",
        "!none | true",
        "app in (web),tier | true",
        "'' | true",
      })
  void parse_expression_matchesAsKubernetes(String selector, boolean expected) {
    var object = json.readTree("{\"metadata\":{\"labels\":{\"app\":\"web\",\"tier\":\"front\"}}}");

    assertThat(LabelSelector.parse(selector).matches(object)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"a=b=c", "a in b", "=b", "a,,b", "a,"})
  void parse_nonsense_badRequest(String selector) {
    assertThatExceptionOfType(ApiFailure.class)
        .isThrownBy(() -> LabelSelector.parse(selector))
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(400));
  }

  @Test
  void of_matchExpressions_combinedWithLabels() {
    var selector =
        json.readTree(
            """
            {"matchLabels": {"app": "web"},
             "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]},
                                  {"key": "gone", "operator": "DoesNotExist"}]}
            """);
    var front = json.readTree("{\"metadata\":{\"labels\":{\"app\":\"web\",\"tier\":\"front\"}}}");
    var back = json.readTree("{\"metadata\":{\"labels\":{\"app\":\"web\",\"tier\":\"back\"}}}");

    assertThat(LabelSelector.of(selector).matches(front)).isTrue();
    assertThat(LabelSelector.of(selector).matches(back)).isFalse();
  }

  @Test
  void of_absentSelector_matchesNothing() {
    var object = json.readTree("{\"metadata\":{\"labels\":{\"app\":\"web\"}}}");

    assertThat(LabelSelector.of(object.path("nothing")).matches(object)).isFalse();
  }
}
