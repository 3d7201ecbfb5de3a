package com.mloptimizer.agent.sandbox.cluster;

import com.mloptimizer.agent.sandbox.cluster.api.Access;
import com.mloptimizer.agent.sandbox.cluster.api.ApiServer;
import com.mloptimizer.agent.sandbox.cluster.api.CustomResources;
import com.mloptimizer.agent.sandbox.cluster.api.Gate.Verdict;
import com.mloptimizer.agent.sandbox.cluster.api.WriteScope;
import com.mloptimizer.agent.sandbox.cluster.api.WriteVerbs;
import com.mloptimizer.agent.sandbox.cluster.simulation.Simulation;
import com.mloptimizer.agent.sandbox.cluster.simulation.SimulationClock;
import com.mloptimizer.agent.sandbox.cluster.simulation.Usage;
import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Deletion;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectKey;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKinds;
import com.mloptimizer.agent.sandbox.cluster.store.Seed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A small Kubernetes cluster inside this process, behind plain HTTP on 127.0.0.1. Everything in it
 * is simulated, the API is real enough for kubectl. Thread-safe once started.
 */
public final class EmbeddedCluster implements AutoCloseable {
  private static final int REMEMBERED_REQUESTS = 10_000;

  private final String token;
  private final JsonMapper json = JsonMapper.builder().build();
  private final Manifests manifests = new Manifests(json);
  private final ResourceKinds kinds = new ResourceKinds();
  private final ObjectStore store;
  private final WriteVerbs writes;
  private final Access access;
  private final Simulation simulation;
  private final ApiServer server;
  private final Faults faults = new Faults(new ServerBreaker());
  private final ClusterPlan plan;
  private final Deque<ApiRequest> requests = new ArrayDeque<>(); // guarded by itself
  private volatile MetricsApiState metrics;
  private boolean started; // guarded by this
  private boolean closed; // guarded by this

  EmbeddedCluster(ClusterPlan plan) {
    InstantSource real = InstantSource.system();
    Seed seed = new Seed(plan.seed());
    SimulationClock clock = new SimulationClock(real, plan.age());
    this.plan = plan;
    this.metrics = plan.metrics();
    this.token = "sandbox-" + seed.suffix("token", 24);
    this.store = new ObjectStore(seed, clock, plan.historySize());
    CustomResources custom = new CustomResources(store, kinds);
    this.writes = new WriteVerbs(store, custom);
    this.access = new Access(plan.user(), token);
    this.simulation = new Simulation(store, kinds, clock, plan.timing(), this::create);
    this.server =
        new ApiServer(
            store,
            kinds,
            custom,
            writes,
            new Usage(store, plan.timing(), real.instant()),
            access,
            this::admit,
            () -> ApiServer.MetricsMode.valueOf(metrics.name()),
            plan.bookmarkInterval());
  }

  /** A cluster of 8 nodes with the demo's workloads, unless told otherwise. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Populates the cluster, lets it settle and listens; every pod that can run is ready when this
   * returns.
   *
   * @throws UncheckedIOException if no port can be opened
   */
  public synchronized void start() {
    if (started) {
      throw new IllegalStateException("a cluster starts once");
    }
    started = true;
    Population population =
        new Population(
            plan.nodes(), plan.demoWorkloads(), store.now().truncatedTo(ChronoUnit.SECONDS));
    population.objects().forEach(this::apply);
    if (plan.demoWorkloads()) {
      manifests.resource("demo.yaml").forEach(this::apply);
    }
    if (plan.agentActions()) {
      manifests.resource("crds/agentactions.yaml").forEach(this::apply);
    }
    simulation.settle();
    listen();
    simulation.start();
  }

  private void listen() {
    try {
      server.listen();
    } catch (IOException e) {
      throw new UncheckedIOException("the embedded cluster cannot listen on loopback", e);
    }
  }

  /** Ends the server and the simulation; repeated calls are fine. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      server.close();
      simulation.close();
    }
  }

  /** Where the API server listens, for example {@code http://127.0.0.1:40123}. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /** The one bearer token that the API server accepts. */
  public String token() {
    return token;
  }

  /**
   * Writes a kubeconfig with this cluster as its current context; returns the file. The token
   * stands in it twice, also as a path of the server's address: kubectl sends no token over plain
   * HTTP.
   */
  public Path writeKubeconfig(Path file) {
    return writeKubeconfig(file, token);
  }

  /** The same for a caller with a name, by which {@link #requests} tells it from others. */
  public Path writeKubeconfigOf(String caller, Path file) {
    return writeKubeconfig(file, token + Access.NAME + caller);
  }

  private Path writeKubeconfig(Path file, String bearer) {
    String config =
        """
        apiVersion: v1
        kind: Config
        current-context: sandbox
        clusters: [{name: sandbox, cluster: {server: "%s/bearer/%s"}}]
        users: [{name: sandbox, user: {token: "%s"}}]
        contexts: [{name: sandbox, context: {cluster: sandbox, user: sandbox, namespace: default}}]
        """
            .formatted(uri(), bearer, bearer);
    try {
      return Files.writeString(file, config);
    } catch (IOException e) {
      throw new UncheckedIOException("writing the kubeconfig " + file, e);
    }
  }

  /** What shall go wrong. */
  public Faults faults() {
    return faults;
  }

  /** Changes how metrics.k8s.io answers from now on. */
  public void metrics(MetricsApiState state) {
    metrics = state;
  }

  /**
   * Denies a verb: calls get 403 and access reviews say no.
   *
   * @param verb for example {@code create}; {@code *} stands for all, also in the other parameters
   * @param group API group, empty for core
   * @param resource plural, with its subresource: {@code pods/eviction}
   */
  public void deny(String verb, String group, String resource) {
    access.deny(verb, group, resource);
  }

  /** Takes all denials back. */
  public void allowAll() {
    access.allowAll();
  }

  /** The latest calls, oldest first, at most 10,000. */
  public List<ApiRequest> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  /** Forgets the calls so far. */
  public void clearRequests() {
    synchronized (requests) {
      requests.clear();
    }
  }

  private Verdict admit(String method, String path, String query, String caller) {
    ApiRequest request = new ApiRequest(method, path, query, caller);
    synchronized (requests) {
      if (requests.size() == REMEMBERED_REQUESTS) {
        requests.removeFirst();
      }
      requests.addLast(request);
    }
    return faults.meet(request);
  }

  /** Creates the objects of a YAML text, or replaces the ones of that name. */
  public void apply(String yaml) {
    manifests.read(yaml).forEach(this::apply);
  }

  /** Creates an object, or replaces the one of that name. */
  public JsonNode apply(Map<String, ?> object) {
    JsonNode converted = json.valueToTree(object);
    return apply(converted);
  }

  /**
   * Creates an object, or replaces the one of that name; the status is written too.
   *
   * @throws IllegalArgumentException if the object has no known kind, or is invalid
   */
  public JsonNode apply(JsonNode object) {
    if (!(object instanceof ObjectNode given)) {
      throw new IllegalArgumentException("not an object: " + object);
    }
    String version = Fields.text(given, "apiVersion");
    ResourceKind kind = kind(version, Fields.text(given, "kind"));
    if (kind.namespaced() && Fields.namespace(given).isEmpty()) {
      Fields.object(given, "metadata").put("namespace", "default");
    }
    try {
      return stored(kind, version.substring(version.indexOf('/') + 1), given).deepCopy();
    } catch (ApiFailure refused) {
      throw new IllegalArgumentException(refused.getMessage(), refused);
    }
  }

  private ObjectNode stored(ResourceKind kind, String version, ObjectNode given) {
    ObjectKey key = ObjectKey.of(kind, given);
    ObjectNode written =
        store.get(key).isEmpty()
            ? writes.create(kind, version, Fields.namespace(given), given, WriteMode.COMMIT)
            : writes.update(
                key, version, WriteScope.MAIN, WriteMode.COMMIT, now -> given.deepCopy());
    return given.has("status") && kind.has(ResourceKind.Trait.STATUS)
        ? writes.update(
            key,
            version,
            WriteScope.STATUS,
            WriteMode.COMMIT,
            now -> {
              now.set("status", given.path("status").deepCopy());
              return now;
            })
        : written;
  }

  private ObjectNode create(ResourceKind kind, ObjectNode object) {
    return writes.create(
        kind, kind.versions().getFirst(), Fields.namespace(object), object, WriteMode.COMMIT);
  }

  private ResourceKind kind(String apiVersion, String kind) {
    return kinds
        .of(apiVersion, kind)
        .orElseThrow(
            () -> new IllegalArgumentException("unknown kind: " + apiVersion + " " + kind));
  }

  /** A copy of an object; the namespace of a cluster scoped one is empty. */
  public Optional<JsonNode> get(String apiVersion, String kind, String namespace, String name) {
    ObjectKey key = new ObjectKey(kind(apiVersion, kind), namespace, name);
    return store.get(key).map(ObjectNode::deepCopy);
  }

  /** Copies of the objects of a kind; an empty namespace means all. */
  public List<JsonNode> list(String apiVersion, String kind, String namespace) {
    return store.list(kind(apiVersion, kind), namespace).items().stream()
        .<JsonNode>map(ObjectNode::deepCopy)
        .toList();
  }

  /** Deletes an object as a caller would, with its own grace; absent is fine. */
  public void delete(String apiVersion, String kind, String namespace, String name) {
    ObjectKey key = new ObjectKey(kind(apiVersion, kind), namespace, name);
    if (store.get(key).isPresent()) {
      new Deletion(store).delete(key, Deletion.Options.none());
    }
  }

  /**
   * Waits until something holds, looking again after each change of the cluster.
   *
   * @return whether it held before the time was over
   */
  public boolean await(BooleanSupplier condition, Duration atMost) throws InterruptedException {
    long start = System.nanoTime();
    while (true) {
      long version = store.version();
      if (condition.getAsBoolean()) {
        return true;
      }
      Duration left = atMost.minusNanos(System.nanoTime() - start);
      if (!left.isPositive()) {
        return false;
      }
      Duration look = Duration.ofMillis(100);
      store.awaitChange(version, left.compareTo(look) < 0 ? left : look);
    }
  }

  /** Breaks this cluster's server for {@link Faults}. */
  private final class ServerBreaker implements Faults.Breaker {
    @Override
    public void cutWatches() {
      server.cutWatches();
    }

    @Override
    public void expireHistory() {
      store.forgetHistory();
    }

    @Override
    public void goAway() {
      server.goAway();
    }

    @Override
    public void comeBack() {
      listen();
    }
  }

  /** Collects what a cluster shall be; each value has a default. */
  public static final class Builder {
    private ClusterPlan plan = ClusterPlan.DEFAULT;

    private Builder() {}

    /** The seed of names, ids and usage; 42 by default. */
    public Builder seed(long seed) {
      plan = plan.withSeed(seed);
      return this;
    }

    /** How many nodes there are, over three zones; 8 by default. */
    public Builder nodes(int nodes) {
      plan = plan.withNodes(nodes);
      return this;
    }

    /** Whether the demo's namespaces and workloads are there; they are by default. */
    public Builder demoWorkloads(boolean wanted) {
      plan = plan.withDemoWorkloads(wanted);
      return this;
    }

    /** Whether the AgentAction definition is installed; it is by default. */
    public Builder agentActions(boolean wanted) {
      plan = plan.withAgentActions(wanted);
      return this;
    }

    /** How metrics.k8s.io answers; SERVED by default. */
    public Builder metrics(MetricsApiState state) {
      plan = plan.withMetrics(state);
      return this;
    }

    /** How long a pod takes from its node to ready, at least; 1.5 s by default. */
    public Builder podStart(Duration time) {
      plan = plan.withPodStart(time);
      return this;
    }

    /** How long a deleted pod terminates at most; 2 s by default. */
    public Builder longestGrace(Duration time) {
      plan = plan.withLongestGrace(time);
      return this;
    }

    /** How often usage is sampled, and how long a new pod has none; 15 s by default. */
    public Builder metricsStep(Duration step) {
      plan = plan.withMetricsStep(step);
      return this;
    }

    /** How many changes a watch can go back; 10,000 by default. */
    public Builder historySize(int changes) {
      plan = plan.withHistorySize(changes);
      return this;
    }

    /** How often a watch that allows bookmarks gets one; 30 s by default. */
    public Builder bookmarkInterval(Duration interval) {
      plan = plan.withBookmarkInterval(interval);
      return this;
    }

    /** A cluster that is not started yet. */
    public EmbeddedCluster build() {
      return new EmbeddedCluster(plan);
    }
  }
}
