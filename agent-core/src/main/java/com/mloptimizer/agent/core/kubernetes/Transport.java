package com.mloptimizer.agent.core.kubernetes;

import io.kubernetes.client.util.credentials.RefreshAuthentication;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Dispatcher;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/** Sends requests through the official client's connection: authenticated, bounded in time. */
final class Transport implements AutoCloseable {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Finds dead HTTP/2 connections under a quiet watch. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(30);

  /** Shorter than the 90 s after which an API server closes an idle connection under us. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);

  private static final int MAX_IDLE_CONNECTIONS = 5;

  private final OkHttpClient http;
  private final String server;
  private final String userAgent;

  /**
   * Takes over the connection settings.
   *
   * @param authenticated the official client's, with its TLS and its authentication in place
   * @param server base URL without a trailing slash
   * @param token what can be told to read its token again, if there is such a thing
   * @param metrics counts every request, each of two tries for itself
   */
  Transport(
      OkHttpClient authenticated,
      String server,
      String userAgent,
      @Nullable RefreshAuthentication token,
      KubernetesMetrics metrics) {
    // No read timeout: every call has one for the whole of it, which a quiet watch needs longer.
    OkHttpClient.Builder builder =
        authenticated
            .newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .readTimeout(Duration.ZERO)
            .writeTimeout(ApiRequest.DEFAULT_TIMEOUT)
            .callTimeout(ApiRequest.DEFAULT_TIMEOUT)
            .pingInterval(PING_INTERVAL)
            .socketFactory(new ResettingSockets())
            .connectionPool(
                new ConnectionPool(MAX_IDLE_CONNECTIONS, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS))
            .retryOnConnectionFailure(false)
            .followRedirects(false)
            .followSslRedirects(false);
    if (token != null) {
      builder.interceptors().addFirst(new TokenRetry(token));
    }
    builder.addInterceptor(metrics.interceptor());
    this(builder.build(), server, userAgent);
  }

  private Transport(OkHttpClient http, String server, String userAgent) {
    this.http = http;
    this.server = server;
    this.userAgent = userAgent;
  }

  /** The same connections, with a fence before every write. */
  Transport fencedBy(WriteFence fence) {
    OkHttpClient fenced =
        http.newBuilder().addNetworkInterceptor(new FenceInterceptor(fence)).build();
    return new Transport(fenced, server, userAgent);
  }

  /** Connections that are shared with nobody, one a call. */
  Transport separate() {
    OkHttpClient own =
        http.newBuilder()
            .protocols(List.of(Protocol.HTTP_1_1))
            .connectionPool(new ConnectionPool(1, KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS))
            .dispatcher(new Dispatcher())
            .build();
    return new Transport(own, server, userAgent);
  }

  /** A call that may be cancelled by another thread. */
  Call newCall(ApiRequest request, boolean compressed) {
    Request.Builder builder =
        new Request.Builder()
            .url(server + request.target())
            .tag(ApiRequest.class, request)
            .header("User-Agent", userAgent)
            .header("Accept", request.accept())
            .method(request.method(), requestBody(request));
    if (!compressed) {
      builder.header("Accept-Encoding", "identity");
    }
    return within(request.timeout()).newCall(builder.build());
  }

  /** The client for calls that last so long at most; its copies share connections and threads. */
  private OkHttpClient within(Duration timeout) {
    return timeout.equals(ApiRequest.DEFAULT_TIMEOUT)
        ? http
        : http.newBuilder().callTimeout(wholeMillis(timeout)).build();
  }

  /** Rounded up: OkHttp drops what is less than a millisecond, and takes zero for no limit. */
  private static Duration wholeMillis(Duration timeout) {
    return Duration.ofMillis(timeout.plusNanos(999_999).toMillis());
  }

  private static @Nullable RequestBody requestBody(ApiRequest request) {
    return request
        .body()
        .map(bytes -> RequestBody.create(bytes, MediaType.get(request.contentType())))
        .orElse(null);
  }

  String server() {
    return server;
  }

  @Override
  public void close() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }
}
