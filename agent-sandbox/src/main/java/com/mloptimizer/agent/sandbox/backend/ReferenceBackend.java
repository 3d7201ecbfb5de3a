package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.RegisterRequest;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.java_websocket.WebSocket;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A backend that speaks the whole protocol on two ports, of the loopback interface unless told
 * otherwise. Thread-safe; {@link #close} may be called again.
 */
public final class ReferenceBackend implements AutoCloseable {
  private static final Duration START_WITHIN = Duration.ofSeconds(10);
  private static final int STOP_MILLIS = 1000;

  private final ApiKey key;
  private final Ledger ledger;
  private final Misbehaviour misbehaviour = new Misbehaviour();
  private final ActionSigner signer;
  private final InstantSource clock;
  private final @Nullable Integer heartbeatIntervalSeconds;
  private final HttpServer http;
  private final AgentSocket socket;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /** Held while frames are put in order; never taken inside the ledger. */
  private final Object delivery = new Object();

  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable ReceivedEnvelope config;

  private ReferenceBackend(Builder builder) throws IOException {
    this.key = ApiKey.of(builder.apiKey);
    this.clock = builder.clock;
    this.ledger = new Ledger(clock);
    this.signer = new ActionSigner(builder.clusterId, builder.signingKey);
    this.heartbeatIntervalSeconds = builder.heartbeatIntervalSeconds;
    this.http = HttpServer.create(new InetSocketAddress(builder.address, builder.httpPort), 0);
    http.setExecutor(threads);
    http.createContext(
        "/api/v1/",
        new ApiHandler(ledger, misbehaviour, builder.clusterId, key, this::welcomeFields));
    http.createContext("/control/", new ControlHandler(this));
    this.socket =
        new AgentSocket(
            new InetSocketAddress(builder.address, builder.webSocketPort),
            ledger,
            misbehaviour,
            key,
            this::greet);
  }

  /** A backend to be configured; everything has a default. */
  public static Builder builder() {
    return new Builder();
  }

  /** The agent's {@code BACKEND_URL}; also where the console is. */
  public URI httpUrl() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  /** The agent's {@code BACKEND_WS_URL}. */
  public URI webSocketUrl() {
    return URI.create("ws://127.0.0.1:" + socket.getPort() + "/agent");
  }

  /** What it is to do wrong. */
  public Misbehaviour misbehave() {
    return misbehaviour;
  }

  /** Serves something else beside the protocol. */
  public void serve(String path, HttpHandler handler) {
    http.createContext(path, handler);
  }

  /** Calls back with every event, on the thread that brought it; be quick. */
  public void listen(Consumer<BackendEvent> listener) {
    ledger.listen(listener);
  }

  /** Signs an action and sends it by WebSocket, now or after the agent's next hello. */
  public ActionId push(ActionDraft draft) {
    synchronized (delivery) {
      TrackedAction action = issue(draft, false);
      socket.sendFrame(command(action.envelope()));
      return action.id();
    }
  }

  /** Signs an action and offers it to polls until it is acknowledged or has a result. */
  public ActionId offer(ActionDraft draft) {
    return issue(draft, true).id();
  }

  /** Sends the action that was issued under this id once more; false if nobody is connected. */
  public boolean pushAgain(ActionId id) {
    return action(id).map(action -> socket.sendFrame(command(action.envelope()))).orElse(false);
  }

  /** Sends an action whose signature is of another key; false if nobody is connected. */
  public boolean pushBadlySigned(ActionDraft draft) {
    SigningKey other = SigningKey.of("other", UUID.randomUUID().toString());
    ActionSigner wrong = new ActionSigner("", other);
    return socket.sendFrame(command(wrong.action(id(draft), draft, now())));
  }

  /** Signs a configuration, sends it, and hands it to every agent that says hello from now on. */
  public void pushConfig(long version, ObjectNode settings) {
    ReceivedEnvelope envelope = signer.config(version, settings);
    synchronized (delivery) {
      config = envelope;
      socket.sendFrame(frame("config_update", envelope));
    }
  }

  /** Sends any text as a frame; false if nobody is connected. */
  public boolean pushFrame(String text) {
    return socket.sendFrame(text);
  }

  /** Asks the agent to come back later; false if nobody is connected. */
  public boolean goAway(Duration retryAfter) {
    ObjectNode frame = JsonNodeFactory.instance.objectNode();
    frame.put("type", "goaway").put("retry_after_seconds", (int) retryAfter.toSeconds());
    return socket.sendFrame(frame.toString());
  }

  /** Cuts the agent's connection without a word. */
  public void dropSocket() {
    socket.drop();
  }

  /** Whether an agent is connected by WebSocket and has said hello. */
  public boolean isConnected() {
    return ledger.isConnected();
  }

  /** The latest registrations, oldest first, as all lists here. */
  public List<RegisterRequest> registrations() {
    return events(BackendEvent.Registered.class, BackendEvent.Registered::request);
  }

  /** The latest heartbeats. */
  public List<HeartbeatRequest> heartbeats() {
    return events(BackendEvent.HeartbeatReceived.class, BackendEvent.HeartbeatReceived::request);
  }

  /** The latest batches, each once. */
  public List<MetricsBatch> batches() {
    return events(BackendEvent.BatchReceived.class, BackendEvent.BatchReceived::batch);
  }

  /** The latest results, each once. */
  public List<ResultRequest> results() {
    return events(BackendEvent.ResultReceived.class, BackendEvent.ResultReceived::request);
  }

  /** The latest results as often as they were sent. */
  public List<ResultRequest> resultPosts() {
    return ledger.resultPosts();
  }

  /** The latest frames. */
  public List<AgentFrame> frames() {
    return events(BackendEvent.FrameReceived.class, BackendEvent.FrameReceived::frame);
  }

  /** Any other kind of event. */
  public <E extends BackendEvent> List<E> events(Class<E> kind) {
    return ledger.events(kind);
  }

  /** The latest actions that were issued here. */
  public List<TrackedAction> actions() {
    return ledger.actions();
  }

  /** How far an action is. */
  public Optional<TrackedAction> action(ActionId id) {
    return ledger.actions().stream().filter(action -> action.id().equals(id)).findFirst();
  }

  /** Waits for a registration. */
  public RegisterRequest awaitRegistration(Duration atMost) throws InterruptedException {
    return await("a registration", () -> last(registrations()), atMost);
  }

  /** Waits until an agent is connected and has said hello. */
  public void awaitConnection(Duration atMost) throws InterruptedException {
    await("a WebSocket connection", () -> Optional.of(true).filter(_ -> isConnected()), atMost);
  }

  /** Waits for an action's result. */
  public ResultRequest awaitResult(ActionId id, Duration atMost) throws InterruptedException {
    return await(
        "the result of " + id,
        () -> results().stream().filter(result -> result.actionId().equals(id)).findFirst(),
        atMost);
  }

  /** Waits for a frame that fits. */
  public <F extends AgentFrame> F awaitFrame(Class<F> kind, Duration atMost)
      throws InterruptedException {
    return await(
        "a frame " + kind.getSimpleName(),
        () -> last(frames().stream().filter(kind::isInstance).map(kind::cast).toList()),
        atMost);
  }

  /**
   * Waits for whatever can be found in this backend; it is looked for after every event.
   *
   * @param what for the message
   * @throws AssertionError if it is not there in time
   */
  public <T> T await(String what, Supplier<Optional<T>> something, Duration atMost)
      throws InterruptedException {
    return ledger
        .await(something, atMost)
        .orElseThrow(() -> new AssertionError("no " + what + " within " + atMost));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      try {
        socket.stop(STOP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      http.stop(0);
      threads.shutdownNow();
    }
  }

  private void start() {
    http.start();
    socket.start();
    try {
      socket.awaitStart(START_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while starting", e);
    }
  }

  private TrackedAction issue(ActionDraft draft, boolean offeredByPoll) {
    Instant now = now();
    ActionId id = id(draft);
    TrackedAction action = TrackedAction.issued(id, draft, signer.action(id, draft, now), now);
    ledger.issue(action, offeredByPoll);
    return action;
  }

  /** Pushes wait meanwhile, so that none comes before the welcome, or twice. */
  private void greet(WebSocket connection) {
    synchronized (delivery) {
      socket.adopt(connection);
      deliverWhatWaits();
    }
    ledger.add(new BackendEvent.SocketChanged(true));
  }

  private void deliverWhatWaits() {
    String fields = welcomeFields();
    String separator = fields.equals("{}") ? "" : ",";
    socket.sendFrame("{\"type\":\"welcome\"" + separator + fields.substring(1));
    for (TrackedAction action : ledger.waitingForPush()) {
      socket.sendFrame(command(action.envelope()));
    }
  }

  /** What a registration is answered with, and a welcome says. */
  private String welcomeFields() {
    StringBuilder fields = new StringBuilder("{");
    if (heartbeatIntervalSeconds != null) {
      fields.append("\"heartbeat_interval_seconds\":").append(heartbeatIntervalSeconds);
    }
    ReceivedEnvelope current = config;
    if (current != null) {
      fields.append(fields.length() > 1 ? "," : "").append("\"config\":").append(text(current));
    }
    return fields.append('}').toString();
  }

  private static String command(ReceivedEnvelope envelope) {
    return frame("action_command", envelope);
  }

  private static String frame(String type, ReceivedEnvelope envelope) {
    return "{\"type\":\"%s\",\"envelope\":%s}".formatted(type, text(envelope));
  }

  private static String text(ReceivedEnvelope envelope) {
    return new String(envelope.json(), StandardCharsets.UTF_8);
  }

  private static ActionId id(ActionDraft draft) {
    String given = draft.id();
    return new ActionId(
        given != null ? given : "act-" + UUID.randomUUID().toString().toLowerCase(Locale.ROOT));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private <E extends BackendEvent, T> List<T> events(
      Class<E> kind, java.util.function.Function<E, T> content) {
    return ledger.events(kind).stream().map(content).toList();
  }

  private static <T> Optional<T> last(List<T> list) {
    return list.isEmpty() ? Optional.empty() : Optional.of(list.getLast());
  }

  /** Configures a backend. */
  public static final class Builder {
    private String clusterId = "sandbox";
    private String apiKey = "sandbox-api-key";
    private SigningKey signingKey =
        SigningKey.of("sandbox", "sandbox-secret-key-of-32-bytes-or-more");
    private @Nullable Integer heartbeatIntervalSeconds;
    private InetAddress address = InetAddress.getLoopbackAddress();
    private int httpPort;
    private int webSocketPort;
    private InstantSource clock = InstantSource.system();

    private Builder() {}

    /** The only cluster that it knows; {@code sandbox}. */
    public Builder clusterId(String id) {
      this.clusterId = id;
      return this;
    }

    /** The key that agents must bring. */
    public Builder apiKey(String value) {
      this.apiKey = value;
      return this;
    }

    /** The key that it signs with. */
    public Builder signingKey(SigningKey value) {
      this.signingKey = value;
      return this;
    }

    /** The heartbeat interval that it wishes; none. */
    public Builder heartbeatInterval(Duration interval) {
      this.heartbeatIntervalSeconds = (int) interval.toSeconds();
      return this;
    }

    /** The address to listen at; the loopback interface's. */
    public Builder address(InetAddress value) {
      this.address = value;
      return this;
    }

    /** The port of HTTP; 0 takes a free one. */
    public Builder httpPort(int port) {
      this.httpPort = port;
      return this;
    }

    /** The port of the WebSocket; 0 takes a free one. */
    public Builder webSocketPort(int port) {
      this.webSocketPort = port;
      return this;
    }

    /** The wall clock that actions are issued by. */
    public Builder clock(InstantSource value) {
      this.clock = value;
      return this;
    }

    /**
     * Starts it.
     *
     * @throws IOException if a port cannot be bound
     */
    public ReferenceBackend start() throws IOException {
      ReferenceBackend backend = new ReferenceBackend(this);
      try {
        backend.start();
      } catch (IllegalStateException e) {
        backend.close();
        throw new IOException("port " + webSocketPort + " cannot be bound", e);
      }
      return backend;
    }
  }
}
