package com.mloptimizer.agent.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionParsing;
import com.mloptimizer.agent.core.config.RemoteConfiguration;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Whatever bytes are taken for an envelope, there is a verdict, and it is no unless somebody with
 * the key signed them; whatever bytes are signed, parsing them has an outcome, and a configuration
 * that is not applied changes nothing.
 */
public final class EnvelopeFuzz {
  private static final SigningKey KEY = SigningKey.of("key", "k".repeat(32));
  private static final EnvelopeVerifier VERIFIER = new EnvelopeVerifier(() -> Keyring.of(KEY));
  private static final EnvelopeSigner SIGNER = new EnvelopeSigner(KEY);
  private static final ActionParser PARSER = new ActionParser("prod", Duration.ofHours(1));
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));
  private static final TunableSettings LOCAL =
      new TunableSettings(
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          100,
          "INFO",
          true);

  @FuzzTest
  void fuzz(byte[] bytes) {
    check(bytes);
  }

  /** What must hold for any bytes. */
  public static void check(byte[] bytes) {
    for (PayloadType type : PayloadType.values()) {
      if (VERIFIER.verify(ReceivedEnvelope.of(bytes), type) instanceof Verification.Verified) {
        throw new AssertionError("nobody signed this");
      }
    }
    if (bytes.length <= Envelope.MAX_PAYLOAD) {
      checkSigned(bytes);
    }
  }

  private static void checkSigned(byte[] payload) {
    ReceivedEnvelope action = ReceivedEnvelope.of(SIGNER.sign(PayloadType.ACTION, payload));
    Verification verification = VERIFIER.verify(action, PayloadType.ACTION);
    assertThat(((Verification.Verified) verification).payload()).isEqualTo(payload);
    switch (PARSER.parse(payload, CLOCK)) {
      case ActionParsing.Accepted(var accepted) ->
          assertThat(accepted.id().value()).matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
      case ActionParsing.Rejected rejected ->
          assertThat(rejected.message()).matches("[ -~]{1,500}");
    }
    List<AgentFrame> told = new ArrayList<>();
    RemoteConfiguration remote =
        new RemoteConfiguration(LOCAL, "prod", VERIFIER, told::add, changed -> {});
    remote.accept(ReceivedEnvelope.of(SIGNER.sign(PayloadType.CONFIG, payload)));
    assertThat(told).hasSize(1);
    if (!remote.state().status().equals("applied")) {
      assertThat(remote.get()).isEqualTo(LOCAL);
    }
  }
}
