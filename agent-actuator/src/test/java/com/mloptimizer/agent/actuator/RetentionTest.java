package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.actuator.journal.JournalEntry;
import com.mloptimizer.agent.actuator.journal.JournalObject;
import com.mloptimizer.agent.actuator.journal.Phase;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.JsonNodeFactory;

class RetentionTest {
  private static final Instant CLAIMED = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      textBlock =
          """
          # what,                     retention, expires after, ended after, seen after, over
          retention not over,         PT24H,     PT15M,         PT1M,        PT24H,      false
          retention over,             PT24H,     PT15M,         PT1M,        PT24H2M,    true
          still valid,                PT1S,      PT2H,          PT1M,        PT1H,       false
          valid within the skew,      PT1S,      PT2H,          PT1M,        PT2H50S,    false
          valid to another clock,     PT1S,      PT2H,          PT1M,        PT2H119S,   false
          valid no more,              PT1S,      PT2H,          PT1M,        PT2H121S,   true
          validity not noted,         PT1S,      ,              PT1M,        PT24H,      false
          validity not noted but over,PT1S,      ,              PT1M,        PT24H5M,    true
          validity beyond reason,     PT1S,      PT90000H,      PT1M,        PT24H5M,    true
          ended in the far future,    PT1S,      PT15M,         PT90000H,    PT24H,      true
          ended before it was claimed,PT24H,     PT15M,         PT-90000H,   PT23H,      false
          """)
  void isOver_reported(
      String what,
      Duration retention,
      @Nullable Duration expires,
      Duration ended,
      Duration seen,
      boolean over) {
    JournalEntry entry = entry(expires, CLAIMED.plus(ended), true);
    assertThat(new Retention(retention).isOver(object(entry), CLAIMED.plus(seen)))
        .as(what)
        .isEqualTo(over);
  }

  @Test
  void isOver_notAcknowledgedByTheBackend_never() {
    JournalEntry entry = entry(Duration.ofMinutes(15), CLAIMED, false);
    assertThat(
            new Retention(Duration.ofSeconds(1))
                .isOver(object(entry), CLAIMED.plus(Duration.ofDays(3650))))
        .isFalse();
  }

  @Test
  void isOver_notEnded_never() {
    JournalEntry entry = entry(Duration.ofMinutes(15), null, false);
    assertThat(
            new Retention(Duration.ofSeconds(1))
                .isOver(object(entry), CLAIMED.plus(Duration.ofDays(3650))))
        .isFalse();
  }

  @Test
  void isOver_noAction_whenTheRetentionIsOver() {
    JournalObject stranger = new JournalObject.Stranger("a.b", "uid", CLAIMED);
    Retention retention = new Retention(Duration.ofHours(24));
    assertThat(retention.isOver(stranger, CLAIMED.plus(Duration.ofHours(24)))).isFalse();
    assertThat(retention.isOver(stranger, CLAIMED.plus(Duration.ofHours(25)))).isTrue();
  }

  private static JournalObject object(JournalEntry entry) {
    return new JournalObject.Entry(entry);
  }

  private static JournalEntry entry(
      @Nullable Duration expires, @Nullable Instant ended, boolean reported) {
    return new JournalEntry(
        new ActionId("act-1"),
        "uid",
        "1",
        ReceivedEnvelope.of("{}"),
        Source.POLL,
        "cordon_node",
        CLAIMED,
        CLAIMED,
        expires == null ? null : CLAIMED.plus(expires),
        ended == null ? Phase.RUNNING : Phase.FINISHED,
        1,
        CLAIMED,
        JsonNodeFactory.instance.objectNode(),
        null,
        ended == null ? null : result(ended),
        reported);
  }

  private static ActionResult result(Instant at) {
    return new ActionResult(
        true, Outcome.CHANGED, null, "", false, at, at, 1, JsonNodeFactory.instance.objectNode());
  }
}
