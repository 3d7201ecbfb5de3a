package com.mloptimizer.agent.core.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeVerifierTest {
  private static final String TYPE = "application/vnd.agent.action.v1+json";
  private static final String PAYLOAD = "{\"id\":\"01J0000000000000000000000A\"}";
  private static final String SIG = "uz+fOjMBCTUkQB0+K1eJ43FiLd5J57mHZiB/LDAPmG0=";
  private static final SigningKey KEY = key("2026-11", 0);
  private static final SigningKey OTHER = key("2026-12", 100);

  private final EnvelopeVerifier verifier = new EnvelopeVerifier(() -> Keyring.of(KEY));

  private static SigningKey key(String id, int first) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (first + i);
    }
    return SigningKey.of(id, bytes);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String envelope(String type, String payload, String signatures) {
    return "{\"payloadType\":\"%s\",\"payload\":\"%s\",\"signatures\":[%s]}"
        .formatted(type, payload, signatures);
  }

  private static String signature(String sig) {
    return "{\"keyid\":\"2026-11\",\"sig\":\"" + sig + "\"}";
  }

  private static String good() {
    return envelope(TYPE, base64(PAYLOAD.getBytes(StandardCharsets.UTF_8)), signature(SIG));
  }

  private static String sig(SigningKey key, String type, byte[] payload) {
    return base64(key.hmac(Envelope.preAuthenticationEncoding(type, payload)));
  }

  private static String signed(byte[] payload) {
    return envelope(TYPE, base64(payload), signature(sig(KEY, TYPE, payload)));
  }

  private void assertVerified(String envelope, byte[] payload) {
    assertThat(verifier.verify(ReceivedEnvelope.of(envelope), PayloadType.ACTION))
        .as(envelope.substring(0, Math.min(300, envelope.length())))
        .isInstanceOfSatisfying(
            Verification.Verified.class, v -> assertThat(v.payload()).isEqualTo(payload));
  }

  private void assertVerified(String envelope) {
    assertVerified(envelope, PAYLOAD.getBytes(StandardCharsets.UTF_8));
  }

  private void assertRejected(String envelope, RejectionReason reason) {
    assertThat(verifier.verify(ReceivedEnvelope.of(envelope), PayloadType.ACTION))
        .as(envelope.substring(0, Math.min(300, envelope.length())))
        .isInstanceOfSatisfying(
            Verification.Rejected.class, r -> assertThat(r.reason()).isEqualTo(reason));
  }

  @Test
  void sign_testVector_isTheProtocols() {
    assertThat(
            new EnvelopeSigner(KEY)
                .sign(PayloadType.ACTION, PAYLOAD.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(good());
  }

  @Test
  void preAuthenticationEncoding_lengths_areOfBytes() {
    assertThat(Envelope.preAuthenticationEncoding("é", "日".getBytes(StandardCharsets.UTF_8)))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("DSSEv1 2 é 3 日");
  }

  @Test
  void verify_testVector_givesThePayload() {
    assertVerified(good());
  }

  @Test
  void verify_payload_isACopy() {
    Verification.Verified verified =
        (Verification.Verified) verifier.verify(ReceivedEnvelope.of(good()), PayloadType.ACTION);
    verified.payload()[0] = 'x';
    assertThat(verified.payload()[0]).isEqualTo((byte) '{');
  }

  @Test
  void verify_anyBitOfTheSignatureFlipped_isRejected() {
    byte[] sig = Base64.getDecoder().decode(SIG);
    for (int bit = 0; bit < sig.length * 8; bit++) {
      byte[] flipped = sig.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRejected(good().replace(SIG, base64(flipped)), RejectionReason.BAD_SIGNATURE);
    }
    assertRejected(
        good().replace(SIG, base64(Arrays.copyOf(sig, 31))), RejectionReason.BAD_SIGNATURE);
    assertRejected(
        good().replace(SIG, base64(Arrays.copyOf(sig, 33))), RejectionReason.BAD_SIGNATURE);
    assertRejected(good().replace(SIG, ""), RejectionReason.BAD_SIGNATURE);
  }

  @Test
  void verify_anyBitOfThePayloadFlipped_isRejected() {
    byte[] payload = PAYLOAD.getBytes(StandardCharsets.UTF_8);
    for (int bit = 0; bit < payload.length * 8; bit++) {
      byte[] flipped = payload.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRejected(
          envelope(TYPE, base64(flipped), signature(SIG)), RejectionReason.BAD_SIGNATURE);
    }
  }

  @Test
  void verify_otherType_isBadSignatureUnlessSignedSo() {
    byte[] payload = PAYLOAD.getBytes(StandardCharsets.UTF_8);
    String config = PayloadType.CONFIG.mediaType();

    assertRejected(good().replace(TYPE, config), RejectionReason.BAD_SIGNATURE);
    assertRejected(good().replace(TYPE, TYPE + " "), RejectionReason.BAD_SIGNATURE);
    assertRejected(
        envelope(config, base64(payload), signature(sig(KEY, config, payload))),
        RejectionReason.MALFORMED);
  }

  @Test
  void verify_keyThatIsNotConfigured_isRejected() {
    byte[] payload = PAYLOAD.getBytes(StandardCharsets.UTF_8);
    assertRejected(good().replace(SIG, sig(OTHER, TYPE, payload)), RejectionReason.BAD_SIGNATURE);

    EnvelopeVerifier none = new EnvelopeVerifier(() -> new Keyring(List.of()));
    assertThat(none.verify(ReceivedEnvelope.of(good()), PayloadType.ACTION))
        .isInstanceOf(Verification.Rejected.class);
  }

  @Test
  void verify_goodSignatureAmongFour_isFound() {
    String bad = signature(base64(new byte[32]));
    for (int at = 0; at < 4; at++) {
      String[] signatures = {bad, bad, bad, bad};
      signatures[at] = signature(SIG);
      assertVerified(good().replace(signature(SIG), String.join(",", signatures)));
    }
  }

  @Test
  void verify_goodSignatureFifth_isNotTried() {
    String bad = signature(base64(new byte[32]));
    String signatures = String.join(",", Collections.nCopies(4, bad)) + "," + signature(SIG);

    assertRejected(good().replace(signature(SIG), signatures), RejectionReason.BAD_SIGNATURE);
    assertRejected(good().replace(signature(SIG), ""), RejectionReason.BAD_SIGNATURE);
  }

  @Test
  void verify_anyKeyOfTheRing_isTriedWhateverTheKeyid() {
    EnvelopeVerifier both = new EnvelopeVerifier(() -> new Keyring(List.of(OTHER, KEY)));
    for (String keyid : List.of("\"keyid\":\"2026-12\",", "\"keyid\":\"\",", "")) {
      String envelope = good().replace("\"keyid\":\"2026-11\",", keyid);
      assertThat(both.verify(ReceivedEnvelope.of(envelope), PayloadType.ACTION))
          .isInstanceOf(Verification.Verified.class);
    }
  }

  @Test
  void verify_unknownFields_areIgnoredAsDsseDemands() {
    assertVerified(good().replace("{\"payloadType\"", "{\"later\":{\"a\":[1]},\"payloadType\""));
    assertVerified(good().replace("\"keyid\":", "\"cert\":\"x\",\"keyid\":"));
  }

  @Test
  void verify_eitherAlphabetOfBase64_isRead() {
    byte[] payload = {(byte) 0xfb, (byte) 0xff, (byte) 0xfe, 0};
    String urlSafe = Base64.getUrlEncoder().encodeToString(payload);
    String sig = sig(KEY, TYPE, payload);

    assertVerified(envelope(TYPE, base64(payload), signature(sig)), payload);
    assertVerified(envelope(TYPE, urlSafe, signature(sig)), payload);
    assertVerified(good().replace(SIG, SIG.replace('+', '-').replace('/', '_')));
    assertVerified(good().replace(SIG, SIG.replace("+", "\\u002b").replace("/", "\\/")));
  }

  @Test
  void verify_base64ThatIsNotExact_isMalformed() {
    String unusedBits = SIG.replace("G0=", "G1=");
    for (String sig :
        List.of(
            SIG.replace("=", ""),
            SIG + "=",
            SIG + " ",
            " " + SIG,
            SIG.replace("uz+f", "uz+f\\n"),
            SIG.replaceFirst("\\+", "-"), // both alphabets at once
            unusedBits,
            "!" + SIG)) {
      assertRejected(good().replace(SIG, sig), RejectionReason.MALFORMED);
    }
    String payload = base64(PAYLOAD.getBytes(StandardCharsets.UTF_8));
    assertRejected(
        good().replace(payload, payload.replace("=", "") + "\\n"), RejectionReason.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "{\"payloadType\":1,\"payload\":\"\",\"signatures\":[]}",
        "{\"payloadType\":\"\",\"payload\":null,\"signatures\":[]}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":{}}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[1]}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[{}]}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[{\"sig\":1}]}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\",\"keyid\":1}]}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\",\"keyid\":null}]}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[],\"payload\":\"\"}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[]} {}",
        "{\"payloadType\":\"\",\"payload\":\"\",\"signatures\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}"
      })
  void verify_notAnEnvelope_isMalformed(String envelope) {
    assertRejected(envelope, RejectionReason.MALFORMED);
  }

  @Test
  void verify_duplicateKeyOrTrailingTokenAroundTheGoodOne_isMalformed() {
    String type = "\"payloadType\":\"" + TYPE + "\"";
    assertRejected(good().replace(type, type + "," + type), RejectionReason.MALFORMED);
    assertRejected(good().replace("\"sig\":", "\"sig\":\"\",\"sig\":"), RejectionReason.MALFORMED);
    assertRejected(good() + "{}", RejectionReason.MALFORMED);
    assertRejected(good() + "x", RejectionReason.MALFORMED);
  }

  @Test
  void verify_64KiB_isTheLimit() {
    byte[] largest = new byte[64 * 1024];
    Arrays.fill(largest, (byte) 'x');
    byte[] larger = new byte[64 * 1024 + 1];

    assertVerified(signed(largest), largest);
    assertRejected(signed(larger), RejectionReason.MALFORMED);
    assertThat(new EnvelopeSigner(KEY).sign(PayloadType.ACTION, largest)).isNotEmpty();
    assertThatThrownBy(() -> new EnvelopeSigner(KEY).sign(PayloadType.ACTION, larger))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void verify_128KiBOfEnvelope_isTheLimit() {
    int room = 128 * 1024 - good().length();

    assertVerified(good() + " ".repeat(room));
    assertRejected(good() + " ".repeat(room + 1), RejectionReason.MALFORMED);
  }

  @Test
  void verify_anyBytesAsPayload_areGivenAsTheyAre() {
    byte[] payload = {(byte) 0xff, 0, (byte) 0xc0, '\n'};
    assertVerified(signed(payload), payload);
    assertVerified(signed(new byte[0]), new byte[0]);
  }

  @Test
  void rejection_ofWhatWasNotVerified_saysNothingOfIt() {
    String envelope =
        envelope("secret-type", base64("secret".getBytes(StandardCharsets.UTF_8)), signature(SIG))
            .replace("2026-11", "secret-id");
    for (String each : List.of(envelope, envelope + "secret-trailer")) {
      assertThat(verifier.verify(ReceivedEnvelope.of(each), PayloadType.ACTION))
          .isInstanceOf(Verification.Rejected.class)
          .asString()
          .doesNotContain("secret");
    }
  }

  @Test
  void signingKey_short_isRefusedWithoutShowingIt() {
    assertThatThrownBy(() -> SigningKey.of("k", "s".repeat(31)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("31")
        .hasMessageNotContaining("ss");
    assertThat(SigningKey.of("k", "é".repeat(16))).hasToString("SigningKey[k, ***]");
    assertThat(Keyring.of(SigningKey.of("k", "s".repeat(32))).toString()).doesNotContain("ss");
  }

  @Test
  void signingKey_laterChangeOfTheArray_changesNothing() {
    byte[] bytes = new byte[32];
    SigningKey key = SigningKey.of("k", bytes);
    byte[] before = key.hmac(new byte[1]);
    bytes[0] = 1;
    assertThat(key.hmac(new byte[1])).isEqualTo(before);
  }
}
