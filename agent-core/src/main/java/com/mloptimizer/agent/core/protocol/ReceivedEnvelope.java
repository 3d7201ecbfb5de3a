package com.mloptimizer.agent.core.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * An envelope as it came in: the bytes of its JSON, not looked into and not trusted. Two are equal
 * if their bytes are.
 */
public final class ReceivedEnvelope {
  private final byte[] json;
  private final String sha256;

  private ReceivedEnvelope(byte[] json) {
    this.json = json;
    this.sha256 = HexFormat.of().formatHex(digest(json));
  }

  /** The envelope of these bytes, of which a copy is kept. */
  public static ReceivedEnvelope of(byte[] json) {
    return new ReceivedEnvelope(json.clone());
  }

  /** The envelope of that text. */
  public static ReceivedEnvelope of(String json) {
    return new ReceivedEnvelope(json.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy of the bytes. */
  public byte[] json() {
    return json.clone();
  }

  /** How many bytes there are. */
  public int length() {
    return json.length;
  }

  /**
   * SHA-256 of the bytes in lower-case hexadecimal: all that may be said of it before it is
   * verified.
   */
  public String sha256() {
    return sha256;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReceivedEnvelope envelope && sha256.equals(envelope.sha256);
  }

  @Override
  public int hashCode() {
    return sha256.hashCode();
  }

  @Override
  public String toString() {
    return "envelope sha256:" + sha256;
  }

  private static byte[] digest(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
