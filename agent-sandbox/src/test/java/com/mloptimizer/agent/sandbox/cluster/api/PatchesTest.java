package com.mloptimizer.agent.sandbox.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class PatchesTest {
  private final JsonMapper json = JsonMapper.builder().build();

  private JsonNode apply(String type, String object, String patch) {
    return Patches.edit(ResourceKinds.POD, type, json.readTree(patch))
        .apply((ObjectNode) json.readTree(object));
  }

  @ParameterizedTest(name = "{0} + {1}")
  @CsvFileSource(resources = "strategic-merge.psv", delimiter = '|', quoteCharacter = '`')
  void strategic_table_mergedAsTypesSay(String object, String patch, String expected) {
    assertThat(apply("application/strategic-merge-patch+json", object, patch))
        .isEqualTo(json.readTree(expected));
  }

  @Test
  void merge_nestedNull_removed() {
    JsonNode merged =
        apply(
            "application/merge-patch+json",
            """
            {"a": {"b": 1, "c": 2}, "list": [1, 2]}\
            """,
            """
            {"a": {"b": null}, "list": [3]}\
            """);

    assertThat(merged).isEqualTo(json.readTree("{\"a\":{\"c\":2},\"list\":[3]}"));
  }

  @ParameterizedTest(name = "{0} + {1}")
  @CsvFileSource(resources = "json-patch.psv", delimiter = '|', quoteCharacter = '`')
  void jsonPatch_table_appliedOrRejected(String object, String patch, String expected) {
    if (expected.equals("rejected")) {
      assertThatExceptionOfType(ApiFailure.class)
          .isThrownBy(() -> apply("application/json-patch+json", object, patch))
          .satisfies(failure -> assertThat(failure.code()).isEqualTo(422));
    } else {
      assertThat(apply("application/json-patch+json", object, patch))
          .isEqualTo(json.readTree(expected));
    }
  }

  @Test
  void edit_unknownMediaType_unsupported() {
    assertThatExceptionOfType(ApiFailure.class)
        .isThrownBy(() -> apply("application/json", "{}", "{}"))
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(415));
  }
}
