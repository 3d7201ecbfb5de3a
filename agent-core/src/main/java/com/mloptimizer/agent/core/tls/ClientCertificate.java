package com.mloptimizer.agent.core.tls;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/** What the agent shows to a peer that asks for it, and the key that goes with it. Immutable. */
public final class ClientCertificate {
  private static final char[] IN_MEMORY_ONLY = new char[0];

  private final List<X509Certificate> chain;
  private final PrivateKey key;

  /**
   * A certificate with its key.
   *
   * @param chain the agent's own first
   * @throws IllegalArgumentException if they do not belong together, as in the middle of a rotation
   */
  ClientCertificate(List<X509Certificate> chain, PrivateKey key) throws GeneralSecurityException {
    this.chain = List.copyOf(chain);
    this.key = key;
    if (!belongTogether(chain.getFirst(), key)) {
      throw new IllegalArgumentException("the private key is not that of the client certificate");
    }
  }

  /**
   * Reads a certificate, with those that vouch for it behind it, and its key.
   *
   * @param chain PEM; RFC 7468
   * @param key PEM: PKCS#8, PKCS#1 or SEC 1, not encrypted
   * @throws GeneralSecurityException if they cannot be used
   * @throws IllegalArgumentException if they cannot be used; the message quotes nothing of them
   */
  public static ClientCertificate read(String chain, String key) throws GeneralSecurityException {
    return new ClientCertificate(Pem.certificates(chain), PrivateKeys.read(Pem.blocks(key)));
  }

  X509Certificate own() {
    return chain.getFirst();
  }

  /** For an {@link javax.net.ssl.SSLContext} that shows it. */
  public KeyManager[] keyManagers() throws GeneralSecurityException {
    KeyStore store = Stores.empty();
    store.setKeyEntry("client", key, IN_MEMORY_ONLY, chain.toArray(new Certificate[0]));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, IN_MEMORY_ONLY);
    return factory.getKeyManagers();
  }

  private static boolean belongTogether(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    if (!sameFamily(certificate.getPublicKey().getAlgorithm(), key.getAlgorithm())) {
      return false;
    }
    byte[] message = {1, 2, 3};
    Signature signature =
        Signature.getInstance(
            switch (key.getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> "EdDSA";
            });
    signature.initSign(key);
    signature.update(message);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(message);
    return signature.verify(signed);
  }

  private static boolean sameFamily(String one, String other) {
    return one.equals(other) || (one.startsWith("Ed") && other.startsWith("Ed"));
  }
}
