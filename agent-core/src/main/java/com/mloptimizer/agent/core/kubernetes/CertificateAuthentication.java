package com.mloptimizer.agent.core.kubernetes;

import com.mloptimizer.agent.core.tls.ClientCertificate;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.credentials.Authentication;
import java.security.GeneralSecurityException;

/**
 * Shows a client certificate by the runtime's own means. The official client's way to do so is the
 * only thing for which it needs BouncyCastle, ten megabytes that are left out here.
 */
record CertificateAuthentication(ClientCertificate certificate) implements Authentication {

  @Override
  public void provide(ApiClient client) {
    try {
      client.setKeyManagers(certificate.keyManagers());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the client certificate cannot be used", e);
    }
  }
}
