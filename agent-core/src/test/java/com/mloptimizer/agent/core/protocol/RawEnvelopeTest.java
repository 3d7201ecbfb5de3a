package com.mloptimizer.agent.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An envelope's bytes are the slice of the message that it was sent in. */
class RawEnvelopeTest {
  private final ProtocolCodec codec = new ProtocolCodec();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ \"payloadType\" :\t\"x\" }",
        "{\"b\":1,\n  \"a\":{\"c\":[{},[],{\"d\":\"}\"}]}}",
        "{\"a\":\"}]{[\\\"\\\\\"}",
        "{\"a\":\"\\u00e9\\/\"}",
        "{\"é\":\"日本𝄞\"}",
        "[1, 2 ]",
        "\"a string with } and \\\" and é\"",
        "-12.50e+3",
        "true"
      })
  void decodeBackendFrame_anyEnvelope_isTheSliceAsSent(String envelope) {
    for (String format :
        List.of(
            "{\"type\":\"action_command\",\"envelope\":%s}",
            "{\"envelope\":%s,\"type\":\"action_command\"}",
            " {\n\"x\" : \"日本𝄞é\\n\\\"}\" ,\t\"envelope\" \r\n:  %s  , \"type\":\"action_command\"}\n ",
            "{\"n\\u006f\":{\"envelope\":{\"not\":1}},\"type\":\"action_command\",\"envelope\":%s}",
            "{\"env\\u0065lope\":%s,\"type\":\"action_command\"}")) {
      String frame = format.formatted(envelope);
      assertThat(codec.decodeBackendFrame(frame))
          .as(frame)
          .isEqualTo(new BackendFrame.ActionCommand(ReceivedEnvelope.of(envelope)));
    }
  }

  /** 4,000 and 8,000 are sizes of Jackson's buffers, 32 Ki is where it streams a string. */
  @ParameterizedTest
  @ValueSource(
      ints = {3_900, 3_999, 4_000, 4_001, 7_999, 8_000, 8_191, 8_192, 32_767, 32_768, 131_000})
  void decodeBackendFrame_largerThanABuffer_isTheSliceAsSent(int size) {
    for (String filler : List.of("a", "é", "日", "𝄞", "\\n", "\\u00e9")) {
      String text = filler.repeat(size / filler.length());
      String envelope = "{\"payload\": \"" + text + "\", \"n\": [ 1 ,2]}";
      String frame =
          "{\"before\":\""
              + text
              + "\",\"envelope\": "
              + envelope
              + " ,\"type\":\"config_update\"}";
      assertThat(codec.decodeBackendFrame(frame))
          .as("%d of %s", size, filler)
          .isEqualTo(new BackendFrame.ConfigUpdate(ReceivedEnvelope.of(envelope)));
    }
  }

  @Test
  void decodePollAnswer_everyElement_isTheSliceAsSent() {
    long seed = 20_260_101;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<String> envelopes = new ArrayList<>();
      for (int i = random.nextInt(16); i >= 0; i--) {
        envelopes.add(space(random) + value(random, 0) + space(random));
      }
      String body =
          "{\"é𝄞\": %s, \"actions\": [%s]}"
              .formatted(value(random, 0), String.join(",", envelopes));
      List<ReceivedEnvelope> expected =
          envelopes.stream().map(String::strip).map(ReceivedEnvelope::of).toList();
      assertThat(codec.decodePollAnswer(body.getBytes(StandardCharsets.UTF_8)))
          .as("seed %d, round %d", seed, round)
          .isEqualTo(expected);
    }
  }

  @Test
  void decodePollAnswer_noArrayOfActions_isEmpty() {
    for (String body :
        List.of(
            "{}", "{\"actions\":null}", "{\"actions\":{}}", "[]", "3", "", "{\"actions\":[]}")) {
      assertThat(codec.decodePollAnswer(body.getBytes(StandardCharsets.UTF_8))).as(body).isEmpty();
    }
  }

  @Test
  void sha256_ofAnEnvelope_isThatOfItsBytes() throws NoSuchAlgorithmException {
    String json = "{ \"é\" : 1 }";
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    ReceivedEnvelope envelope = ReceivedEnvelope.of(bytes);
    String digest =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.clone()));
    bytes[0] = 'x';

    assertThat(envelope.sha256()).isEqualTo(digest);
    assertThat(envelope.json()).asString(StandardCharsets.UTF_8).isEqualTo(json);
    assertThat(envelope.length()).isEqualTo(12);
    assertThat(envelope).hasToString("envelope sha256:" + digest);
    envelope.json()[0] = 'x';
    assertThat(envelope).isEqualTo(ReceivedEnvelope.of(json));
    assertThat(envelope).isNotEqualTo(ReceivedEnvelope.of("{\"é\":1}"));
    assertThat(ReceivedEnvelope.of(""))
        .extracting(ReceivedEnvelope::sha256)
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  private static String space(Random random) {
    return List.of("", " ", "\n", "\t \r\n").get(random.nextInt(4));
  }

  private static String value(Random random, int depth) {
    int kind = random.nextInt(depth > 4 ? 4 : 6);
    return switch (kind) {
      case 0 -> List.of("true", "false", "null").get(random.nextInt(3));
      case 1 -> List.of("0", "-1", "1.50", "1e9", "-0.0E-2").get(random.nextInt(5));
      case 2, 3 -> string(random);
      default -> {
        List<String> parts = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          String name = kind == 4 ? "\"" + i + "é\"" + space(random) + ":" : "";
          parts.add(name + space(random) + value(random, depth + 1) + space(random));
        }
        String inner = String.join(",", parts);
        yield kind == 4 ? "{" + inner + "}" : "[" + inner + "]";
      }
    };
  }

  private static String string(Random random) {
    List<String> pieces = List.of("a", "é", "日", "𝄞", "\\n", "\\\"", "\\\\", "}", "[", "\\u1234");
    StringBuilder text = new StringBuilder("\"");
    for (int i = random.nextInt(40); i > 0; i--) {
      text.append(pieces.get(random.nextInt(pieces.size())));
    }
    return text.append('"').toString();
  }
}
