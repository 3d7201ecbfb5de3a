package com.mloptimizer.agent.core.backend;

import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Hides {@code Retry-After} from OkHttp 5's follow-up logic, which sends a POST again at once after
 * a 503 with {@code Retry-After: 0}, whatever {@code retryOnConnectionFailure} says, and throws a
 * NumberFormatException when the number does not fit an int.
 */
final class HiddenRetryAfter implements Interceptor {
  private static final String VISIBLE = "Retry-After";
  private static final String HIDDEN = "X-Hidden-Retry-After";

  /** The header as the backend sent it. */
  static @Nullable String of(Response response) {
    return response.header(HIDDEN);
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    @Nullable String value = response.header(VISIBLE);
    Response.Builder hidden = response.newBuilder().removeHeader(VISIBLE).removeHeader(HIDDEN);
    return value == null ? hidden.build() : hidden.header(HIDDEN, value).build();
  }
}
