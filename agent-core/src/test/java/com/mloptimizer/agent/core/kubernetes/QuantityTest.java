package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTest {

  @ParameterizedTest
  @CsvSource({
    "100m, 100",
    "1, 1000",
    "1.5, 1500",
    "1500000000n, 1500",
    "1n, 1",
    "100001n, 1",
    "1000001n, 2",
    "250u, 1",
    "2k, 2000000",
    "1e3, 1000000",
    "1E-3, 1",
    "0, 0",
    "-100m, -100",
    "+1, 1000",
    ".5, 500",
    "5., 5000",
    "0.0001, 1",
    "-1n, -1",
    "-1001u, -2",
    "-1m, -1"
  })
  void toMillicores_cpu_isExactOrRoundedUp(String text, long millicores) {
    assertThat(Quantity.parse(text).orElseThrow().toMillicores()).isEqualTo(millicores);
  }

  @ParameterizedTest
  @CsvSource({
    "128Mi, 134217728",
    "1G, 1000000000",
    "129e6, 129000000",
    "128974848000m, 128974848",
    "123Ki, 125952",
    "1.5Gi, 1610612736",
    "1Ei, 1152921504606846976",
    "2E, 2000000000000000000",
    "1500m, 2",
    "7T, 7000000000000",
    "1Ti, 1099511627776",
    "1Pi, 1125899906842624",
    "3P, 3000000000000000",
    "12M, 12000000",
    "1E3, 1000",
    "100E, 9223372036854775807",
    "1e999999999, 9223372036854775807",
    "1e-999999999, 1",
    "-100E, -9223372036854775807"
  })
  void toBytes_memory_isExactRoundedUpOrCapped(String text, long bytes) {
    assertThat(Quantity.parse(text).orElseThrow().toBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"1n, 1", "100000n, 100000", "1500u, 1500000", "2, 2000000000", "0.1n, 1"})
  void toNanocores_cpu_isExact(String text, long nanocores) {
    assertThat(Quantity.parse(text).orElseThrow().toNanocores()).isEqualTo(nanocores);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "-", "m", "1 Gi", " 1", "1gi", "1K", "1e", "1ee3", "1.2.3", "0x10", "NaN", "1Mii",
        "1mi", "--1", "1e1.5", "1,5", "١"
      })
  void parse_malformed_isEmpty(String text) {
    assertThat(Quantity.parse(text)).isEmpty();
  }

  @Test
  void parse_endlessText_isEmpty() {
    assertThat(Quantity.parse("9".repeat(100_000))).isEmpty();
    assertThat(Quantity.parse(null)).isEmpty();
  }

  @Test
  void plus_fractions_addsExactly() {
    Quantity sum = Quantity.parse("0.1").orElseThrow().plus(Quantity.parse("200m").orElseThrow());

    assertThat(sum.toMillicores()).isEqualTo(300);
  }
}
