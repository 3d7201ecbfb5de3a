package com.mloptimizer.agent.main.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactionTest {
  private final Redaction redaction = new Redaction(List.of(() -> "an-api-key", () -> "a"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "the key is an-api-key.|the key is ***.",
        "Authorization: Bearer abc.def-123|Authorization: Bearer ***",
        "https://host/bearer/0123abc/api|https://host/bearer/***/api",
        "http://me:pw@proxy:3128/x|http://***@proxy:3128/x",
        "token eyJhbGciOi.eyJpc3Mi.c2ln ok|token *** ok",
        "GET /x?token=abc&y=1|GET /x?token=***&y=1",
        "a plain line about a pod|a plain line about a pod"
      })
  void apply_line_isMaskedWhereItMustBe(String line, String masked) {
    assertThat(redaction.apply(line)).isEqualTo(masked);
  }

  @Test
  void apply_privateKey_isMaskedOverAllItsLines() {
    assertThat(
            redaction.apply(
                "x\n-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----\ny"))
        .isEqualTo("x\n***\ny");
  }
}
