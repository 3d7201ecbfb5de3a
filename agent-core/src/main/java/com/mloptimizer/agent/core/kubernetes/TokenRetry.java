package com.mloptimizer.agent.core.kubernetes;

import io.kubernetes.client.util.credentials.RefreshAuthentication;
import io.kubernetes.client.util.exception.TokenAquisitionException;
import java.io.IOException;
import java.time.Instant;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * After a 401 has the token read again, and asks once more: the official client reads it by its
 * timer only, and a rotated token would be refused until then. Stands before the interceptor that
 * adds the token, within one call, so that timeout and cancellation hold for both tries.
 */
final class TokenRetry implements Interceptor {

  private final RefreshAuthentication token;

  TokenRetry(RefreshAuthentication token) {
    this.token = token;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    try {
      Response response = chain.proceed(chain.request());
      if (response.code() != 401) {
        return response;
      }
      response.close();
      token.setExpiry(Instant.MIN);
      return chain.proceed(chain.request());
    } catch (TokenAquisitionException e) {
      throw new IOException("cannot read the token for the API server: " + cause(e), e);
    }
  }

  private static String cause(TokenAquisitionException e) {
    Throwable cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }
}
