package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;

/**
 * Asks a fence before every write, between the connection and the request: an interceptor of the
 * network runs after connecting, TLS and a token that had to be read again, however long these
 * took, and once more when a request is sent again.
 */
record FenceInterceptor(WriteFence fence) implements Interceptor {

  @Override
  public Response intercept(Chain chain) throws IOException {
    if (chain.request().method().equals("GET")) {
      return chain.proceed(chain.request());
    }
    fence.enter();
    try {
      return chain.proceed(chain.request());
    } finally {
      fence.leave();
    }
  }
}
