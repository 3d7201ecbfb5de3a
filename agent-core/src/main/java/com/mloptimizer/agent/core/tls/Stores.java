package com.mloptimizer.agent.core.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Key stores that live in memory only, and what the platform makes of them. */
final class Stores {
  private Stores() {}

  static KeyStore empty() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (IOException e) {
      throw new IllegalStateException("nothing was read", e);
    }
  }

  /** Trusts what the runtime trusts, and these authorities besides. */
  static X509TrustManager trusting(List<X509Certificate> authorities)
      throws GeneralSecurityException {
    X509TrustManager system = trustManager(null);
    if (authorities.isEmpty()) {
      return system;
    }
    KeyStore both = empty();
    int number = 0;
    for (X509Certificate certificate : system.getAcceptedIssuers()) {
      both.setCertificateEntry("system-" + number++, certificate);
    }
    for (X509Certificate certificate : authorities) {
      both.setCertificateEntry("bundle-" + number++, certificate);
    }
    return trustManager(both);
  }

  @SuppressWarnings("NullAway") // Null is documented: the runtime's own authorities.
  private static X509TrustManager trustManager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("the platform has no trust manager for X.509");
  }
}
