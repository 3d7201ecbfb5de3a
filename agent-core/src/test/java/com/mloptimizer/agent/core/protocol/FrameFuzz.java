package com.mloptimizer.agent.core.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import tools.jackson.core.JacksonException;

/**
 * Whatever text the backend sends, a frame of it has a meaning, and an answer has one or is no
 * JSON. An envelope that is cut out of either is found in it as it stands there.
 */
public final class FrameFuzz {
  private static final ProtocolCodec CODEC = new ProtocolCodec();

  @FuzzTest
  void fuzz(byte[] bytes) {
    check(bytes);
  }

  /** What must hold for any bytes. */
  public static void check(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    switch (CODEC.decodeBackendFrame(text)) {
      case BackendFrame.ActionCommand(var envelope) -> assertWithin(text, envelope);
      case BackendFrame.ConfigUpdate(var envelope) -> assertWithin(text, envelope);
      case BackendFrame.Unknown(var reason, var message) ->
          assertThat(reason + message).matches("[ -~]{1,200}");
      case BackendFrame.Welcome _, BackendFrame.Ping _, BackendFrame.GoAway _ -> {}
    }
    try {
      List<ReceivedEnvelope> envelopes = CODEC.decodePollAnswer(bytes);
      envelopes.forEach(envelope -> assertWithin(text, envelope));
    } catch (JacksonException e) {
      // No JSON, or none in UTF-8.
    }
    try {
      RegisterAnswer answer = CODEC.decodeRegisterAnswer(bytes);
      if (answer.config() != null) {
        assertWithin(text, answer.config());
      }
    } catch (JacksonException e) {
      // No JSON, or none in UTF-8.
    }
  }

  private static void assertWithin(String text, ReceivedEnvelope envelope) {
    assertThat(text).contains(new String(envelope.json(), UTF_8));
  }
}
