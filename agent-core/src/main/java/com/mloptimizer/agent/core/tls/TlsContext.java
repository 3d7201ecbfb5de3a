package com.mloptimizer.agent.core.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What connections are made with, at one moment. Its sockets check the peer's chain but not its
 * name: whoever makes a connection asks for that. Immutable; each is equal to itself alone.
 */
public final class TlsContext {
  private final SSLContext context;
  private final X509TrustManager trustManager;
  private final int authorities;
  private final @Nullable ClientCertificate client;

  private TlsContext(List<X509Certificate> authorities, @Nullable ClientCertificate client)
      throws GeneralSecurityException {
    this.trustManager = Stores.trusting(authorities);
    this.authorities = authorities.size();
    this.client = client;
    // "TLS" is whatever the runtime has not disabled; the connections narrow it to 1.2 and 1.3.
    this.context = SSLContext.getInstance("TLS");
    context.init(
        client == null ? null : client.keyManagers(), new X509TrustManager[] {trustManager}, null);
  }

  /** Trusts what the runtime trusts, and shows no certificate. */
  public static TlsContext system() {
    try {
      return of(List.of(), null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot do TLS", e);
    }
  }

  static TlsContext of(List<X509Certificate> authorities, @Nullable ClientCertificate client)
      throws GeneralSecurityException {
    return new TlsContext(authorities, client);
  }

  /** The context itself, for clients that ask for one. */
  public SSLContext sslContext() {
    return context;
  }

  /** Makes sockets of this context. */
  public SSLSocketFactory socketFactory() {
    return context.getSocketFactory();
  }

  /** Judges the peer's chain. */
  public X509TrustManager trustManager() {
    return trustManager;
  }

  /** For a log line: how many authorities were added, and the client certificate. */
  @Override
  public String toString() {
    String trust = "the system's authorities and " + authorities + " more";
    return client == null
        ? trust
        : "%s, client certificate %s until %s"
            .formatted(
                trust,
                client.own().getSubjectX500Principal(),
                client.own().getNotAfter().toInstant());
  }
}
