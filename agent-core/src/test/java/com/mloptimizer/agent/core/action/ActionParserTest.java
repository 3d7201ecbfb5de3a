package com.mloptimizer.agent.core.action;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What the payload says around the parameters, in the order of the protocol's checks. */
class ActionParserTest {
  private static final Instant ISSUED = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant EXPIRES = Instant.parse("2026-01-01T00:15:00Z");
  private static final Duration MAX_TTL = Duration.ofHours(1);

  private final ActionParser parser = new ActionParser("prod-1", MAX_TTL);

  private static ObjectNode payload() {
    return (ObjectNode)
        new JsonMapper()
            .readTree(
                """
                {"id": "act-1", "cluster_id": "prod-1", "type": "cordon_node",
                 "parameters": {"node_name": "ip-10-0-1-23"},
                 "issued_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-01T00:15:00Z"}
                """);
  }

  private ActionParsing parse(String json, Instant now) {
    return parser.parse(json.getBytes(StandardCharsets.UTF_8), () -> now);
  }

  private void assertRejected(String json, RejectionReason reason, String inMessage) {
    assertThat(parse(json, ISSUED))
        .as(json)
        .isInstanceOfSatisfying(
            ActionParsing.Rejected.class,
            rejected -> {
              assertThat(rejected.reason()).isEqualTo(reason);
              assertThat(rejected.message()).contains(inMessage);
            });
  }

  private static String with(String field, String json) {
    ObjectNode payload = payload();
    payload.set(field, new JsonMapper().readTree(json));
    return payload.toString();
  }

  private static String without(String field) {
    ObjectNode payload = payload();
    payload.remove(field);
    return payload.toString();
  }

  @Test
  void parse_wholeAction_isAccepted() {
    ObjectNode payload = payload();
    payload.put("dry_run", true);

    assertThat(parse(payload.toString(), ISSUED))
        .isEqualTo(
            new ActionParsing.Accepted(
                new Action(
                    new ActionId("act-1"),
                    "prod-1",
                    new ActionParameters.CordonNode("ip-10-0-1-23", null),
                    ISSUED,
                    EXPIRES,
                    true)));
  }

  @Test
  void parse_withoutDryRun_isFalseAndTheExpiryIsTheDeadline() {
    assertThat(parse(payload().toString(), ISSUED))
        .isInstanceOfSatisfying(
            ActionParsing.Accepted.class,
            accepted -> {
              assertThat(accepted.action().dryRun()).isFalse();
              assertThat(accepted.action().deadline()).isEqualTo(EXPIRES);
              assertThat(accepted.action().type()).isEqualTo(ActionType.CORDON_NODE);
            });
  }

  @Test
  void parse_typeWithTimeout_deadlineCountsFromIssue() {
    ObjectNode payload = payload();
    payload.put("type", "drain_node");

    assertThat(parse(payload.toString(), ISSUED.plusSeconds(100)))
        .isInstanceOfSatisfying(
            ActionParsing.Accepted.class,
            accepted ->
                assertThat(accepted.action().deadline()).isEqualTo(ISSUED.plusSeconds(900)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"id", "cluster_id", "type", "parameters", "issued_at", "expires_at"})
  void parse_fieldMissingOrOfAnotherType_isMalformedAndNamed(String field) {
    assertRejected(without(field), RejectionReason.MALFORMED, "'" + field + "'");
    for (String value : new String[] {"null", "1", "true", "[]", "\"\""}) {
      if (value.equals("\"\"") && (field.equals("cluster_id") || field.equals("type"))) {
        continue; // A string, but no cluster's and no type's.
      }
      assertRejected(with(field, value), RejectionReason.MALFORMED, "'" + field + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "0", "\"true\"", "{}"})
  void parse_dryRunThatIsNoBoolean_isMalformed(String value) {
    assertRejected(with("dry_run", value), RejectionReason.MALFORMED, "'dry_run'");
  }

  @Test
  void parse_unknownField_isMalformedAndNamed() {
    assertRejected(with("only_if", "1"), RejectionReason.MALFORMED, "'only_if'");
    assertRejected(with("a\u001b[31m", "1"), RejectionReason.MALFORMED, "'a?[31m'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{} {}",
        "{\"id\":\"act-1\",\"id\":\"act-2\"}",
        "{\"id\":\"act-1\",\"x\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}"
      })
  void parse_notStrictJson_isMalformed(String json) {
    assertRejected(json, RejectionReason.MALFORMED, "not strict JSON");
  }

  @Test
  void parse_notUtf8_isMalformed() {
    byte[] latin = with("cluster_id", "\"\u00e9\"").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(parser.parse(latin, () -> ISSUED))
        .isEqualTo(
            new ActionParsing.Rejected(
                null, RejectionReason.MALFORMED, "the payload is not strict JSON: not UTF-8"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-a",
        "a-",
        "A",
        "a_b",
        "a.b",
        "a/b",
        "..",
        "a%2fb",
        "a b",
        "a\\n",
        "é",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg"
      })
  void parse_idThatIsNone_isMalformed(String id) {
    assertRejected(with("id", "\"" + id + "\""), RejectionReason.MALFORMED, "'id'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "0",
        "a--b",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
      })
  void parse_idOfTheSyntax_isAccepted(String id) {
    assertThat(parse(with("id", "\"" + id + "\""), ISSUED))
        .isInstanceOf(ActionParsing.Accepted.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z",
        "+1000000000-12-31T23:59:59.999999999Z",
        "-1000000000-01-01T00:00:00Z",
        "1767225600",
        "2026-01-01T00:00:00Z "
      })
  void parse_timeOfAnotherForm_isMalformed(String time) {
    assertRejected(with("issued_at", "\"" + time + "\""), RejectionReason.MALFORMED, "'issued_at'");
    assertRejected(
        with("expires_at", "\"" + time + "\""), RejectionReason.MALFORMED, "'expires_at'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-01-01T00:00:00Z", "2025-12-31T23:59:59.999999999Z"})
  void parse_expiryNotAfterIssue_isMalformed(String expiresAt) {
    assertRejected(
        with("expires_at", "\"" + expiresAt + "\""), RejectionReason.MALFORMED, "'expires_at'");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-01T00:16:00Z, ACCEPTED",
    "2026-01-01T00:16:00.000000001Z, EXPIRED",
    "2025-12-31T23:59:00Z, ACCEPTED",
    "2025-12-31T23:58:59.999999999Z, NOT_YET_VALID"
  })
  void parse_clocksApart_sixtySecondsAreTolerated(Instant now, String expected) {
    String result =
        switch (parse(payload().toString(), now)) {
          case ActionParsing.Accepted _ -> "ACCEPTED";
          case ActionParsing.Rejected rejected -> rejected.reason().name();
        };
    assertThat(result).isEqualTo(expected);
  }

  @Test
  void parse_validityAtTheLimit_isAcceptedAndPastItRejected() {
    assertThat(parse(with("expires_at", "\"2026-01-01T01:00:00Z\""), ISSUED))
        .isInstanceOf(ActionParsing.Accepted.class);
    assertRejected(
        with("expires_at", "\"2026-01-01T01:00:00.000000001Z\""),
        RejectionReason.TTL_TOO_LONG,
        "3600 s");
    assertRejected(
        with("expires_at", "\"9999-12-31T23:59:59Z\""), RejectionReason.TTL_TOO_LONG, "3600 s");
  }

  @Test
  void parse_severalThingsWrong_theFirstOfTheOrderIsSaid() {
    ObjectNode payload = payload();
    payload.putObject("parameters").put("x", 1);
    assertRejected(payload.toString(), RejectionReason.INVALID_PARAMETERS, "'node_name'");
    payload.put("type", "make_coffee");
    assertRejected(payload.toString(), RejectionReason.UNKNOWN_TYPE, "'make_coffee'");
    payload.put("expires_at", "2026-01-02T00:00:00Z");
    assertRejected(payload.toString(), RejectionReason.TTL_TOO_LONG, "");
    payload.put("issued_at", "2026-01-01T00:02:00Z");
    assertRejected(payload.toString(), RejectionReason.NOT_YET_VALID, "");
    payload.put("issued_at", "2025-01-01T00:00:00Z").put("expires_at", "2025-12-31T00:00:00Z");
    assertRejected(payload.toString(), RejectionReason.EXPIRED, "");
    payload.put("cluster_id", "prod-2");
    assertRejected(payload.toString(), RejectionReason.WRONG_CLUSTER, "prod-1");
    payload.put("extra", 1);
    assertRejected(payload.toString(), RejectionReason.MALFORMED, "'extra'");
  }

  @Test
  void rejection_withReadableId_carriesIt() {
    assertThat(parse(with("type", "\"x\""), ISSUED))
        .isInstanceOfSatisfying(
            ActionParsing.Rejected.class,
            rejected -> assertThat(rejected.id()).isEqualTo(new ActionId("act-1")));
    assertThat(parse(with("id", "\"../x\""), ISSUED))
        .isInstanceOfSatisfying(
            ActionParsing.Rejected.class, rejected -> assertThat(rejected.id()).isNull());
  }

  @Test
  void parse_typeInAnotherCase_isUnknown() {
    assertRejected(with("type", "\"CORDON_NODE\""), RejectionReason.UNKNOWN_TYPE, "'CORDON_NODE'");
  }
}
