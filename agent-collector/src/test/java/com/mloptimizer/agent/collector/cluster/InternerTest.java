package com.mloptimizer.agent.collector.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class InternerTest {

  private final Interner interner = new Interner();

  @Test
  void text_equalTexts_areOneObject() {
    assertThat(interner.text(copy("shop"))).isSameAs(interner.text(copy("shop")));
  }

  @Test
  void labels_equalSets_areOneObject() {
    Map<String, String> first = interner.labels(Map.of(copy("app"), copy("web")));

    assertThat(interner.labels(Map.of(copy("app"), copy("web")))).isSameAs(first);
  }

  @Test
  void text_inUseWhileManyOthersCome_staysTheSameObject() {
    String used = interner.text(copy("used"));
    for (int i = 0; i < 100_000; i++) {
      interner.text("other-" + i);
      if (i % 10_000 == 0) {
        assertThat(interner.text(copy("used"))).isSameAs(used);
      }
    }
  }

  @Test
  void text_notAskedForSinceManyOthersCame_isForgotten() {
    String gone = interner.text(copy("gone"));
    for (int i = 0; i < 100_000; i++) {
      interner.text("other-" + i);
    }

    assertThat(interner.text(copy("gone"))).isNotSameAs(gone);
  }

  private static String copy(String text) {
    return String.valueOf(text.toCharArray());
  }
}
