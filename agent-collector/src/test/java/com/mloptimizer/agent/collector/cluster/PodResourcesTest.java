package com.mloptimizer.agent.collector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PodResourcesTest {

  /** Containers in the order of their start: i(nit), s(idecar) or a(pp), and millicores. */
  @ParameterizedTest
  @CsvSource({
    "a100 a200, 300",
    "i500 a100 a200, 500",
    "i100 i250 a200, 250",
    "s50 a100, 150",
    "i500 s50 a100, 500",
    "s50 i500 a100, 550",
    "s50 i120 s100 i10 a30, 180",
    "s50 i120 s100 i10 a0, 170",
    "i100, 100"
  })
  void requests_inOrderOfStart_areWhatTheSchedulerCounts(String containers, long millicores) {
    List<ContainerSpec> specs =
        Arrays.stream(containers.split(" ")).map(PodResourcesTest::spec).toList();

    assertThat(PodResources.requests(specs, Amounts.NONE, Amounts.NONE))
        .isEqualTo(new Amounts(millicores, null));
    assertThat(PodResources.requests(specs, Amounts.NONE, new Amounts(7L, 9L)))
        .isEqualTo(new Amounts(millicores + 7, 9L));
  }

  @Test
  void limits_withoutALimit_doNotComeFromOverhead() {
    assertThat(PodResources.limits(List.of(spec("a100")), Amounts.NONE, new Amounts(7L, 9L)))
        .isEqualTo(new Amounts(null, null));
  }

  private static ContainerSpec spec(String text) {
    ContainerSpec.Role role =
        switch (text.charAt(0)) {
          case 'i' -> ContainerSpec.Role.INIT;
          case 's' -> ContainerSpec.Role.SIDECAR;
          default -> ContainerSpec.Role.APP;
        };
    Amounts requests = new Amounts(Long.parseLong(text.substring(1)), null);
    return new ContainerSpec(text, "image", role, requests, Amounts.NONE);
  }
}
