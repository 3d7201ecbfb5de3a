package com.mloptimizer.agent.core.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;

/**
 * Reads a private key from PEM: PKCS#8, as {@code openssl genpkey} and cert-manager write it, or
 * the older forms of RSA (PKCS#1, RFC 8017) and EC keys (SEC 1, RFC 5915). The runtime knows only
 * PKCS#8 (RFC 5208), so the older forms are wrapped as such.
 */
final class PrivateKeys {
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int FIRST_TAGGED = 0xa0;

  /** 1.2.840.113549.1.1.1 and NULL. */
  private static final byte[] RSA = {
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  /** 1.2.840.10045.2.1. */
  private static final byte[] EC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private PrivateKeys() {}

  /**
   * The one private key of the blocks.
   *
   * @throws IllegalArgumentException if there is none, or several, or one that cannot be read; the
   *     message quotes nothing of it
   */
  static PrivateKey read(List<Pem.Block> blocks) {
    List<Pem.Block> keys = blocks.stream().filter(b -> b.label().endsWith("PRIVATE KEY")).toList();
    if (keys.size() != 1) {
      throw new IllegalArgumentException("one private key is needed, there are " + keys.size());
    }
    byte[] der = keys.getFirst().der();
    return switch (keys.getFirst().label()) {
      case "PRIVATE KEY" -> pkcs8(der);
      case "RSA PRIVATE KEY" -> pkcs8(wrapped(RSA, der));
      case "EC PRIVATE KEY" -> pkcs8(wrapped(joined(EC, curve(der)), der));
      case "ENCRYPTED PRIVATE KEY" ->
          throw new IllegalArgumentException("the key is encrypted, which is not supported");
      default ->
          throw new IllegalArgumentException("the private key must be in PKCS#8, PKCS#1 or SEC 1");
    };
  }

  private static PrivateKey pkcs8(byte[] der) {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // Of another algorithm, then.
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has " + algorithm, e);
      }
    }
    throw new IllegalArgumentException("the private key is no RSA, EC or Ed25519 key");
  }

  /** PrivateKeyInfo: version 0, the algorithm, and the key as an octet string. */
  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return element(
        SEQUENCE,
        joined(
            element(INTEGER, new byte[1]),
            joined(element(SEQUENCE, algorithm), element(OCTET_STRING, key))));
  }

  /** The curve's object identifier, which follows version and key in ECPrivateKey. */
  private static byte[] curve(byte[] der) {
    try {
      ByteBuffer key = content(ByteBuffer.wrap(der), SEQUENCE);
      content(key, INTEGER);
      content(key, OCTET_STRING);
      ByteBuffer curve = content(key, FIRST_TAGGED);
      byte[] bytes = new byte[curve.remaining()];
      curve.get(bytes);
      return bytes;
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the private key does not name its curve", e);
    }
  }

  private static ByteBuffer content(ByteBuffer in, int tag) {
    int found = in.get() & 0xff;
    int length = in.get() & 0xff;
    if (length > 0x80) {
      int bytes = length & 0x7f;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = (length << 8) | (in.get() & 0xff);
      }
    }
    if (found != tag || length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("the private key is not well formed");
    }
    ByteBuffer content = in.slice(in.position(), length);
    in.position(in.position() + length);
    return content;
  }

  private static byte[] element(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 4);
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else {
      // Two bytes of length are enough for any key, and DER wants the shortest form.
      boolean one = content.length < 0x100;
      out.write(one ? 0x81 : 0x82);
      if (!one) {
        out.write(content.length >> 8);
      }
      out.write(content.length);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(one.length + other.length);
    out.writeBytes(one);
    out.writeBytes(other);
    return out.toByteArray();
  }
}
