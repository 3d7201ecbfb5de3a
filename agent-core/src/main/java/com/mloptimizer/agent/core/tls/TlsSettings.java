package com.mloptimizer.agent.core.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files, each of which may be absent.
 *
 * @param caBundle authorities that are trusted besides the system's
 * @param clientCertificate the agent's own certificate, followed by intermediate ones
 * @param clientKey its private key, not encrypted; PKCS#8, PKCS#1 or SEC 1
 */
public record TlsSettings(
    @Nullable Path caBundle, @Nullable Path clientCertificate, @Nullable Path clientKey) {

  /**
   * @throws IllegalArgumentException if there is a certificate without a key, or the reverse
   */
  public TlsSettings {
    if ((clientCertificate == null) != (clientKey == null)) {
      throw new IllegalArgumentException("a client certificate and its key go together");
    }
  }

  /** No files: the system's authorities, no client certificate. */
  public static TlsSettings none() {
    return new TlsSettings(null, null, null);
  }
}
