package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.api.Gate.Verdict;
import com.mloptimizer.agent.sandbox.cluster.simulation.Usage;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The API server: plain HTTP on loopback, a virtual thread for each call. It can go away and come
 * back on the same port.
 */
public final class ApiServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
  private static final List<String> HEALTH = List.of("healthz", "livez", "readyz");

  /** How the metrics API answers. */
  public enum MetricsMode {
    SERVED,
    /** The group does not exist. */
    ABSENT,
    /** The group is registered, its server is away. */
    UNAVAILABLE
  }

  private final JsonMapper json = JsonMapper.builder().build();
  private final Access access;
  private final Gate gate;
  private final Discovery discovery;
  private final KubernetesVersion version = KubernetesVersion.IMITATED;
  private final AccessReview reviews;
  private final MetricsApi metrics;
  private final Supplier<MetricsMode> metricsMode;
  private final ResourceApi resources;
  private final RequestBodies bodies;
  private final WatchVerb watches;
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private @Nullable HttpServer http; // guarded by this
  private int port; // guarded by this

  /**
   * A server over a store; it does not listen yet.
   *
   * @param metricsMode asked at each call
   * @param bookmarkInterval how often a watch that allows bookmarks gets one
   */
  public ApiServer(
      ObjectStore store,
      ResourceKinds kinds,
      CustomResources custom,
      WriteVerbs writes,
      Usage usage,
      Access access,
      Gate gate,
      Supplier<MetricsMode> metricsMode,
      Duration bookmarkInterval) {
    this.access = access;
    this.gate = gate;
    this.metricsMode = metricsMode;
    this.discovery = new Discovery(kinds, () -> metricsMode.get() != MetricsMode.ABSENT, version);
    this.reviews = new AccessReview(access);
    this.metrics = new MetricsApi(store, usage, access);
    this.bodies = new RequestBodies(json);
    this.watches = new WatchVerb(store, bookmarkInterval);
    this.resources =
        new ResourceApi(
            store, kinds, custom, access, bodies, new ReadVerbs(store, json), writes, watches);
  }

  /** Listens: on a free port the first time, on the same one after {@link #goAway}. */
  public synchronized void listen() throws IOException {
    if (http != null) {
      return;
    }
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer server = HttpServer.create(address, 0);
    server.createContext("/", this::handle);
    server.setExecutor(calls);
    server.start();
    port = server.getAddress().getPort();
    http = server;
  }

  /** Refuses connections from now on and breaks the open ones. */
  public synchronized void goAway() {
    HttpServer server = http;
    if (server != null) {
      watches.cutAll();
      server.stop(0);
      http = null;
    }
  }

  /** The port on 127.0.0.1; it stays the same as long as the server lives. */
  public synchronized int port() {
    return port;
  }

  /** Breaks every open watch. */
  public void cutWatches() {
    watches.cutAll();
  }

  @Override
  public void close() {
    goAway();
    calls.shutdownNow();
  }

  private void handle(HttpExchange exchange) {
    try (exchange) {
      ApiCall call = new ApiCall(exchange, json);
      try {
        Verdict verdict =
            gate.admit(call.method(), call.path(), call.rawQuery(), access.caller(call.bearer()));
        Thread.sleep(verdict.delay());
        if (verdict.answer().isPresent()) {
          Gate.Answer answer = verdict.answer().get();
          call.retryAfter(answer.retryAfterSeconds());
          call.answer(answer.code(), answer.status());
        } else {
          route(call);
        }
      } catch (ApiFailure refused) {
        call.answer(refused);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      log.debug(
          "caller went away: {} {}", exchange.getRequestMethod(), exchange.getRequestURI(), e);
    } catch (RuntimeException e) {
      log.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
    }
  }

  private void route(ApiCall call) throws IOException, InterruptedException {
    List<String> segments = call.segments();
    String first = segments.isEmpty() ? "" : segments.getFirst();
    if (!call.bearer().isEmpty()) {
      access.requireToken(
          call); // Nobody has to say who they are here, but a false name is refused.
    }
    if (HEALTH.contains(first)) {
      call.answer(200, "ok");
      return;
    }
    if (first.equals("version")) {
      call.answer(200, discovery.version());
      return;
    }
    access.requireToken(call);
    Optional<ResourcePath> resource = ResourcePath.parse(segments);
    boolean api = first.equals("api") || first.equals("apis");
    if (api && resource.isPresent()) {
      serve(call, resource.get());
    } else if (api) {
      discover(call, segments);
    } else if (segments.equals(List.of("openapi", "v2"))) {
      OpenApi.serve(call, version.gitVersion());
    } else {
      call.answer(404, "404 page not found\n");
    }
  }

  private void serve(ApiCall call, ResourcePath path) throws IOException, InterruptedException {
    if (path.group().equals(MetricsApi.GROUP)) {
      requireMetrics();
      call.answer(200, metrics.serve(call, path));
    } else if (path.plural().equals("selfsubjectaccessreviews")) {
      if (!call.method().equals("POST")) {
        throw ApiFailure.methodNotAllowed();
      }
      call.answer(201, reviews.review(bodies.object(call, "SelfSubjectAccessReview")));
    } else {
      resources.serve(call, path);
    }
  }

  private void requireMetrics() {
    switch (metricsMode.get()) {
      case SERVED -> {}
      case ABSENT -> throw ApiFailure.unknownResource();
      case UNAVAILABLE ->
          throw ApiFailure.of(
              503, "ServiceUnavailable", "the server is currently unable to handle the request");
    }
  }

  private void discover(ApiCall call, List<String> segments) throws IOException {
    boolean core = segments.getFirst().equals("api");
    if (segments.size() > (core ? 2 : 3)) {
      throw ApiFailure.unknownResource();
    }
    if (core && segments.size() == 1) {
      call.answer(200, discovery.core("127.0.0.1:" + port()));
    } else if (core) {
      call.answer(200, discovery.resources("", segments.get(1)));
    } else if (segments.size() == 1) {
      call.answer(200, discovery.groups());
    } else {
      if (segments.get(1).equals(MetricsApi.GROUP)) {
        requireMetrics();
      }
      call.answer(
          200,
          segments.size() == 2
              ? discovery.group(segments.get(1))
              : discovery.resources(segments.get(1), segments.get(2)));
    }
  }
}
