package com.mloptimizer.agent.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever text comes from the backend, decoding answers with a value. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BackendFrameFuzzTest {
  private static final List<String> SEEDS =
      List.of(
          "backend_welcome",
          "backend_action_command",
          "backend_config_update",
          "backend_ping",
          "backend_goaway",
          "metrics_batch");
  private static final String ODD = "{}[]\",:\\0-+.eE \n\tu\u0000\u001f\ufeff\ud800\udc00é日";

  private final ProtocolCodec codec = new ProtocolCodec();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void decodeBackendFrame_mutated_neverThrows(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 10_000; round++) {
      String frame = mutated(random);
      try {
        assertThat(codec.decodeBackendFrame(frame)).isNotNull();
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed %d, round %d: %s".formatted(seed, round, frame), e);
      }
    }
  }

  @Test
  void decodeBackendFrame_everyPrefix_isMalformed() {
    for (String name : SEEDS) {
      String frame = Golden.text(name).strip();
      for (int length = 0; length < frame.length(); length++) {
        assertMalformed(frame.substring(0, length));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "null", "3", "\"text\"", "[]", "[{\"type\":\"ping\"}]", "{} {}", "{}x"})
  void decodeBackendFrame_notOneObject_isMalformed(String frame) {
    assertMalformed(frame);
  }

  @Test
  void decodeBackendFrame_duplicateKey_isMalformed() {
    assertMalformed("{\"type\":\"ping\",\"type\":\"goaway\"}");
    assertMalformed("{\"type\":\"welcome\",\"x\":{\"y\":[{\"z\":1,\"z\":2}]}}");
  }

  @Test
  void decodeBackendFrame_textThatLooksLikeAnotherEncoding_isMalformed() {
    // A parser of bytes takes a NUL at the start for UTF-16 or UTF-32.
    String frame = "{\"type\":\"welcome\",\"config\":{\"a\":1}}";
    for (String format : List.of("\0%s", "%s\0", "\0\0\0%s", "%s\0\0\0")) {
      StringBuilder text = new StringBuilder();
      frame.chars().forEach(c -> text.append(format.formatted((char) c)));
      assertMalformed(text.toString());
    }
    assertMalformed("\ufeff" + frame);
    assertMalformed("\ufffe" + frame);
  }

  @Test
  void decodeBackendFrame_deepNesting_isMalformed() {
    for (String open : List.of("[", "{\"a\":")) {
      assertMalformed("{\"type\":\"ping\",\"x\":" + open.repeat(100_000));
      assertMalformed(open.repeat(40_000));
    }
    assertMalformed("{\"type\":\"ping\",\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}");
  }

  @Test
  void decodeBackendFrame_longNames_areSurvived() {
    String name = "n".repeat(100_000);
    assertThat(codec.decodeBackendFrame("{\"" + name + "\":1,\"type\":\"ping\"}")).isNotNull();
    assertThat(codec.decodeBackendFrame("{\"type\":\"" + name + "\"}"))
        .isEqualTo(
            new BackendFrame.Unknown(
                "unknown_type", "unknown frame type '" + "n".repeat(64) + "'"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999999",
        "-1e-999999999",
        "99999999999999999999999999",
        "2147483648",
        "1.0",
        "-1",
        "\"7\"",
        "true",
        "null",
        "[]",
        "{}"
      })
  void decodeBackendFrame_secondsThatAreNone_areLeftOut(String seconds) {
    assertThat(
            codec.decodeBackendFrame(
                "{\"type\":\"goaway\",\"retry_after_seconds\":" + seconds + "}"))
        .isEqualTo(new BackendFrame.GoAway(null));
    assertThat(
            codec.decodeBackendFrame(
                "{\"type\":\"welcome\",\"heartbeat_interval_seconds\":" + seconds + "}"))
        .isEqualTo(new BackendFrame.Welcome(null, null));
  }

  @Test
  void decodeBackendFrame_hugeNumber_neverThrows() {
    String digits = "9".repeat(100_000);
    for (String number :
        List.of(digits, "-" + digits, "0." + digits, digits + "e9", "1e" + digits)) {
      assertThat(
              codec.decodeBackendFrame(
                  "{\"type\":\"goaway\",\"retry_after_seconds\":" + number + "}"))
          .isNotNull();
    }
  }

  @Test
  void decodeBackendFrame_loneSurrogates_neverThrow() {
    for (String half : List.of("\ud800", "\udc00", "\\ud800", "\\udc00x")) {
      assertThat(
              codec.decodeBackendFrame(
                  "{\"type\":\"action_command\",\"%s\":1,\"envelope\":\"%s\"}"
                      .formatted(half, half)))
          .isNotNull();
      assertThat(codec.decodeBackendFrame("{\"type\":\"" + half + "\"}"))
          .isInstanceOf(BackendFrame.Unknown.class);
    }
  }

  @Test
  void decodeBackendFrame_typeThatIsNoString_isUnknown() {
    for (String type : List.of("null", "5", "[]", "{}", "true", "\"\"", "\"PING\"", "\"ping \"")) {
      assertThat(codec.decodeBackendFrame("{\"type\":" + type + "}"))
          .as(type)
          .isInstanceOfSatisfying(
              BackendFrame.Unknown.class,
              unknown -> assertThat(unknown.reason()).isEqualTo("unknown_type"));
    }
    assertThat(codec.decodeBackendFrame("{}")).isInstanceOf(BackendFrame.Unknown.class);
  }

  @Test
  void decodeBackendFrame_commandWithoutEnvelope_isMalformed() {
    for (String type : List.of("action_command", "config_update")) {
      assertMalformed("{\"type\":\"" + type + "\"}");
      assertMalformed("{\"type\":\"" + type + "\",\"envelope\":null}");
    }
  }

  @Test
  void unknown_message_isOneLineOfPrintableAscii() {
    assertThat(codec.decodeBackendFrame("{\"type\":\"a\\n\\u001b[31m\\u00e9\"}"))
        .isEqualTo(new BackendFrame.Unknown("unknown_type", "unknown frame type 'a??[31m?'"));
  }

  private void assertMalformed(String frame) {
    assertThat(codec.decodeBackendFrame(frame))
        .as(frame.substring(0, Math.min(200, frame.length())))
        .isInstanceOfSatisfying(
            BackendFrame.Unknown.class,
            unknown -> assertThat(unknown.reason()).isEqualTo("malformed"));
  }

  private static String mutated(Random random) {
    StringBuilder frame = new StringBuilder(Golden.text(SEEDS.get(random.nextInt(SEEDS.size()))));
    for (int i = random.nextInt(8); i >= 0 && !frame.isEmpty(); i--) {
      int at = random.nextInt(frame.length());
      int to = Math.min(frame.length(), at + random.nextInt(20));
      switch (random.nextInt(5)) {
        case 0 -> frame.setCharAt(at, ODD.charAt(random.nextInt(ODD.length())));
        case 1 -> frame.insert(at, ODD.charAt(random.nextInt(ODD.length())));
        case 2 -> frame.delete(at, to);
        case 3 -> frame.insert(random.nextInt(frame.length()), frame.substring(at, to));
        default -> frame.setLength(at);
      }
    }
    return frame.toString();
  }
}
