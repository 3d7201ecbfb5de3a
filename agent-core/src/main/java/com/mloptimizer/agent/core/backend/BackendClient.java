package com.mloptimizer.agent.core.backend;

import com.mloptimizer.agent.core.protocol.DeregisterRequest;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.RegisterAnswer;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.core.tls.TlsContext;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import okhttp3.ConnectionPool;
import okhttp3.ConnectionSpec;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.TlsVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks the protocol's HTTP calls with OkHttp: one attempt a call, no redirect followed, nothing
 * sent twice behind the caller's back, and of an answer no more read than 1 MiB after
 * decompression.
 */
public final class BackendClient implements Backend, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BackendClient.class);
  private static final int MAX_POLLED = 16;
  private static final int IDLE_CONNECTIONS = 4;

  private static final ConnectionSpec TLS =
      new ConnectionSpec.Builder(ConnectionSpec.MODERN_TLS)
          .tlsVersions(TlsVersion.TLS_1_3, TlsVersion.TLS_1_2)
          .build();

  /** Load balancers commonly close idle connections after 60 s. */
  private static final int IDLE_SECONDS = 45;

  private final OkHttpClient http;
  private final Supplier<TlsContext> tls;
  private final HttpUrl api;
  private final String userAgent;
  private final ApiKeySource keys;
  private final BackendMetrics metrics;
  private final Circuit circuit;
  private final AnswerReader answers;
  private final ProtocolCodec codec = new ProtocolCodec();

  /** What an operator wants to know while the circuit is open, whoever was the one to find out. */
  private volatile String lastFailure = "";

  private volatile @Nullable Secured secured;

  /** The client with a context; it shares its connections with the ones before and after. */
  private record Secured(TlsContext by, OkHttpClient http) {}

  /** A client that trusts what the system trusts, and shows no certificate. */
  public BackendClient(
      BackendSettings settings,
      ApiKeySource keys,
      ProxyEnvironment proxies,
      BackendMetrics metrics,
      InstantSource clock) {
    this(settings, keys, proxies, always(TlsContext.system()), metrics, clock);
  }

  /**
   * A client for that backend; connects with the first call.
   *
   * @param tls asked before every call; a connection is used again only under the context that it
   *     was made with
   * @param clock for {@code Retry-After} with a date
   * @throws IllegalArgumentException if the URL is neither http nor https
   */
  public BackendClient(
      BackendSettings settings,
      ApiKeySource keys,
      ProxyEnvironment proxies,
      Supplier<TlsContext> tls,
      BackendMetrics metrics,
      InstantSource clock) {
    this.tls = tls;
    this.api =
        HttpUrl.get(settings.url().toString()).newBuilder().addPathSegments("api/v1").build();
    this.userAgent = "kubernetes-agent/" + settings.agentVersion();
    this.keys = keys;
    this.metrics = metrics;
    this.circuit = new Circuit(settings.circuitOpen(), metrics);
    this.answers = new AnswerReader(clock);
    this.http =
        new OkHttpClient.Builder()
            .connectTimeout(settings.connectTimeout())
            .readTimeout(settings.readTimeout())
            .writeTimeout(settings.writeTimeout())
            .callTimeout(settings.callTimeout())
            .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, IDLE_SECONDS, TimeUnit.SECONDS))
            .proxySelector(proxies.selector())
            .proxyAuthenticator(proxies.authenticator())
            .addNetworkInterceptor(proxies.credentials())
            .addNetworkInterceptor(new HiddenRetryAfter())
            .connectionSpecs(List.of(TLS, ConnectionSpec.CLEARTEXT))
            // It would repeat a POST; when to try again is BackendRetry's business.
            .retryOnConnectionFailure(false)
            // They would carry the key to another host.
            .followRedirects(false)
            .followSslRedirects(false)
            .build();
  }

  @Override
  public BackendAnswer<RegisterAnswer> register(RegisterRequest request) {
    return post(
        Call.REGISTER,
        url("agents", "register"),
        JsonBody.of(codec.encode(request)),
        null,
        codec::decodeRegisterAnswer);
  }

  @Override
  public BackendAnswer<Nothing> heartbeat(HeartbeatRequest request) {
    return post(
        Call.HEARTBEAT,
        url("agents", "heartbeat"),
        JsonBody.of(codec.encode(request)),
        null,
        _ -> nothing());
  }

  @Override
  public BackendAnswer<Nothing> deregister(DeregisterRequest request) {
    return post(
        Call.DEREGISTER,
        url("agents", "deregister"),
        JsonBody.of(codec.encode(request)),
        null,
        _ -> nothing());
  }

  @Override
  public BackendAnswer<Nothing> sendMetrics(JsonBody batch, String idempotencyKey) {
    return post(Call.METRICS, url("metrics", "batch"), batch, idempotencyKey, _ -> nothing());
  }

  @Override
  public BackendAnswer<List<ReceivedEnvelope>> poll(String clusterId, String agentId) {
    HttpUrl url =
        url("actions", "poll")
            .newBuilder()
            .addQueryParameter("cluster_id", clusterId)
            .addQueryParameter("agent_id", agentId)
            .addQueryParameter("max", Integer.toString(MAX_POLLED))
            .build();
    return execute(
        Call.POLL,
        request(url).get().build(),
        body -> {
          List<ReceivedEnvelope> envelopes =
              body.length == 0 ? List.of() : codec.decodePollAnswer(body);
          // A backend that ignores `max` must not flood the inbox; it offers the rest again.
          return List.copyOf(envelopes.subList(0, Math.min(envelopes.size(), MAX_POLLED)));
        });
  }

  @Override
  public BackendAnswer<Nothing> sendResult(ResultRequest request) {
    String id = request.actionId().value();
    return post(
        Call.RESULT,
        url("actions", id, "result"),
        JsonBody.of(codec.encode(request)),
        id,
        _ -> nothing());
  }

  /** Ends the calls that are under way, which answer {@code RetryLater}, and all connections. */
  @Override
  public void close() {
    http.dispatcher().cancelAll();
    http.connectionPool().evictAll();
  }

  private <T> BackendAnswer<T> post(
      Call call,
      HttpUrl url,
      JsonBody body,
      @Nullable String idempotencyKey,
      AnswerReader.BodyReader<T> reader) {
    Request.Builder request = request(url);
    if (idempotencyKey != null) {
      request.header("Idempotency-Key", idempotencyKey);
    }
    if (body.isGzip()) {
      request.header("Content-Encoding", "gzip");
    }
    return execute(call, request.post(body.toRequestBody()).build(), reader);
  }

  private Request.Builder request(HttpUrl url) {
    return new Request.Builder()
        .url(url)
        .header("Authorization", keys.current().toAuthorizationHeader())
        .header("User-Agent", userAgent)
        .header("X-Agent-Protocol", Integer.toString(ProtocolCodec.PROTOCOL));
  }

  private <T> BackendAnswer<T> execute(
      Call call, Request request, AnswerReader.BodyReader<T> reader) {
    if (!circuit.permits()) {
      metrics.notSent(call);
      return new BackendAnswer.RetryLater<>(
          "not sent, the calls before it failed: " + lastFailure, null);
    }
    long start = System.nanoTime();
    boolean[] answered = {false};
    BackendAnswer<T> answer;
    try (Response response = secured().newCall(request).execute()) {
      answered[0] = response.code() < 500;
      answer = answers.read(call, response, reader);
    } catch (IOException e) {
      answer = new BackendAnswer.RetryLater<>(describe(e), null);
    } finally {
      circuit.ended(answered[0], System.nanoTime() - start);
    }
    if (answer instanceof BackendAnswer.RetryLater<?>(String cause, _)) {
      lastFailure = cause;
    }
    metrics.answered(call, answer, (System.nanoTime() - start) / 1e9);
    note(call, answer);
    return answer;
  }

  private OkHttpClient secured() {
    TlsContext current = tls.get();
    Secured known = secured;
    if (known == null || !known.by().equals(current)) {
      known =
          new Secured(
              current,
              http.newBuilder()
                  .sslSocketFactory(current.socketFactory(), current.trustManager())
                  .build());
      secured = known;
    }
    return known.http();
  }

  private static Supplier<TlsContext> always(TlsContext context) {
    return () -> context;
  }

  private void note(Call call, BackendAnswer<?> answer) {
    switch (answer) {
      case BackendAnswer.Unauthorized<?> _ -> keys.refresh();
      case BackendAnswer.Refused<?>(int status, String excerpt) ->
          log.warn("Backend refused {} with status {}: {}", call, status, excerpt);
      case BackendAnswer.Done<?> _, BackendAnswer.RetryLater<?> _, BackendAnswer.TooLarge<?> _ -> {}
    }
  }

  private HttpUrl url(String... segments) {
    HttpUrl.Builder url = api.newBuilder();
    for (String segment : segments) {
      url.addPathSegment(segment);
    }
    return url.build();
  }

  private static String describe(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  private static Nothing nothing() {
    return Nothing.NOTHING;
  }
}
