package com.mloptimizer.agent.collector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of quantities on their way into records. */
final class SkippedQuantitiesTest {

  @ParameterizedTest
  @CsvSource({
    "100m, 128Mi, 100, 134217728",
    "1500000000n, 1G, 1500, 1000000000",
    "1.5, 129e6, 1500, 129000000",
    "1e3, 128974848000m, 1000000, 128974848",
    "0, 0, 0, 0",
    "1, 123456789, 1000, 123456789"
  })
  void read_everyForm_isWhatKubernetesReads(String cpu, String memory, long millis, long bytes) {
    PodInfo pod = Parse.pod(pod("{\"cpu\":\"%s\",\"memory\":\"%s\"}".formatted(cpu, memory)));

    assertThat(pod.requests()).isEqualTo(new Amounts(millis, bytes));
    assertThat(pod.skipped()).isEmpty();
  }

  @Test
  void read_numbersInsteadOfText_areQuantities() {
    assertThat(Parse.pod(pod("{\"cpu\":2,\"memory\":1024}")).requests())
        .isEqualTo(new Amounts(2000L, 1024L));
  }

  @Test
  void read_negativeAndMalformed_areNamedAndSkipped() {
    PodInfo pod = Parse.pod(pod("{\"cpu\":\"-100m\",\"memory\":\"12 Mi\"}"));

    assertThat(pod.requests()).isEqualTo(Amounts.NONE);
    assertThat(pod.skipped())
        .containsExactly(
            "container web: requests cpu '-100m' is negative",
            "container web: requests memory '12 Mi' is no quantity");
  }

  @Test
  void read_oneBadQuantity_costsItselfOnly() {
    PodInfo pod = Parse.pod(pod("{\"cpu\":\"one\",\"memory\":\"1Ki\"}"));

    assertThat(pod.requests()).isEqualTo(new Amounts(null, 1024L));
    assertThat(pod.containers()).hasSize(1);
  }

  @Test
  void read_endlessText_isNamedInPart() {
    PodInfo pod = Parse.pod(pod("{\"cpu\":\"%s\"}".formatted("9".repeat(5000))));

    assertThat(pod.skipped()).hasSize(1);
    assertThat(pod.skipped().getFirst()).hasSizeLessThan(120).contains("9…'");
  }

  @Test
  void read_ofAPodAndANode_nameTheirPlace() {
    assertThat(
            Parse.pod(
                    """
                    {"metadata":{"uid":"u"},"spec":{
                      "resources":{"limits":{"cpu":"x"}},"overhead":{"memory":"-1"}}}
                    """)
                .skipped())
        .containsExactly("limits cpu 'x' is no quantity", "overhead memory '-1' is negative");
    assertThat(
            Parse.node(
                    """
                    {"metadata":{"uid":"u"},"status":{
                      "capacity":{"cpu":"-4"},"allocatable":{"cpu":"4","pods":"many"}}}
                    """)
                .skipped())
        .containsExactly("capacity cpu '-4' is negative", "allocatable pods 'many' is no quantity");
  }

  private static String pod(String requests) {
    return """
    {"metadata":{"uid":"u"},"spec":{"containers":[{"name":"web","resources":{"requests":%s}}]}}
    """
        .formatted(requests);
  }
}
