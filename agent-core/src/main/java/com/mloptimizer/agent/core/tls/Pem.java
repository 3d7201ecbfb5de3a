package com.mloptimizer.agent.core.tls;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of a PEM file (RFC 7468); what stands between them is skipped. */
final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private Pem() {}

  /** A block: what its first line names, and its bytes. Never prints the bytes. */
  static final class Block {
    private final String label;
    private final byte[] der;

    private Block(String label, byte[] der) {
      this.label = label;
      this.der = der;
    }

    String label() {
      return label;
    }

    byte[] der() {
      return der;
    }
  }

  /**
   * Takes a file apart.
   *
   * @throws IllegalArgumentException if a block has no end, as when the file is half written, or is
   *     not base64; the message quotes nothing
   */
  static List<Block> blocks(String text) {
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), bytes(matcher.group(2))));
    }
    if (blocks.size() != text.split(BEGIN, -1).length - 1) {
      throw new IllegalArgumentException("a PEM block is not complete");
    }
    return blocks;
  }

  /**
   * The certificates among the blocks, in their order.
   *
   * @throws IllegalArgumentException if there is none
   */
  static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks(text)) {
      if (block.label().equals("CERTIFICATE")) {
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der())));
      }
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException("there is no certificate in it");
    }
    return certificates;
  }

  private static byte[] bytes(String base64) {
    if (base64.contains("ENCRYPTED")) {
      throw new IllegalArgumentException("the key is encrypted, which is not supported");
    }
    try {
      return Base64.getDecoder().decode(base64.replaceAll("\\s", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("a PEM block is not base64");
    }
  }
}
