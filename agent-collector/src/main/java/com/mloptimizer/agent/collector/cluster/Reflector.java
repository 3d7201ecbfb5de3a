package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ItemParser;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.kubernetes.ResourceWatch;
import com.mloptimizer.agent.core.kubernetes.WatchEnd;
import com.mloptimizer.agent.core.kubernetes.WatchEvent;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.StopSignal;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Store} equal to a resource of the API server: one list, then watches, each from
 * where the last one ended; a new list only if the server has forgotten that place (410). What is
 * in the store stays there while the server is away. A watch that ends as soon as it began does not
 * count as progress, nor does the list before it: a server that does so again and again is asked
 * ever more seldom, and the store is said to be behind.
 *
 * @param <T> the objects
 */
final class Reflector<T extends Tracked> implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Reflector.class);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  /** A watch that ends sooner than this was not worth opening again at once. */
  private static final Duration SHORT_WATCH = Duration.ofSeconds(5);

  /** An API server that starts may refuse for so long what it grants later. */
  private static final Duration REFUSAL_BELIEVED = Duration.ofSeconds(5);

  private final KubernetesClient client;
  private final ReflectedResource<T> resource;
  private final Store<T> store;
  private final WatchListener listener;
  private final StopSignal stop = new StopSignal();
  private final Backoff backoff;

  // Used by the running thread alone.
  private int failures;
  private int expiredLists;
  private int expiredWatches;
  private boolean watchFailed;
  private @Nullable Long refusedSinceNanos;

  private volatile boolean synced;
  private volatile boolean refused;
  private volatile @Nullable String problem;
  private volatile @Nullable ResourceWatch<T> watch;

  /** What to reflect. */
  record ReflectedResource<T>(
      String name, ResourcePath path, ListOptions options, ItemParser<T> parser) {}

  Reflector(
      KubernetesClient client,
      ReflectedResource<T> resource,
      Store<T> store,
      WatchListener listener) {
    this(
        client,
        resource,
        store,
        listener,
        new Backoff(FIRST_WAIT, LONGEST_WAIT, () -> ThreadLocalRandom.current().nextDouble()));
  }

  Reflector(
      KubernetesClient client,
      ReflectedResource<T> resource,
      Store<T> store,
      WatchListener listener,
      Backoff backoff) {
    this.client = client;
    this.resource = resource;
    this.store = store;
    this.listener = listener;
    this.backoff = backoff;
  }

  /** Runs until it is closed. */
  void run() throws InterruptedException {
    while (!stop.isRequested()) {
      Optional<String> version = list();
      while (version.isPresent() && !stop.isRequested()) {
        version = watchFrom(version.get());
      }
    }
  }

  /** The resource's plural name. */
  String name() {
    return resource.name();
  }

  /** Whether the store holds what a complete list said, and has not been refused since. */
  boolean isSynced() {
    return synced;
  }

  /** Whether there is an answer, be it that this is forbidden. */
  boolean isSettled() {
    return synced || refused;
  }

  /** Why the store is behind; empty if it isn't. */
  Optional<String> problem() {
    String current = problem;
    return current == null && !synced
        ? Optional.of(resource.name() + ": not listed yet")
        : Optional.ofNullable(current);
  }

  private Optional<String> list() throws InterruptedException {
    Set<String> seen = new HashSet<>();
    long began = System.nanoTime();
    ListOptions options = resource.options();
    store.listing();
    try {
      ListOutcome outcome =
          client.list(
              resource.path(),
              expiredLists == 0 ? options : options.withoutPages(),
              resource.parser(),
              item -> {
                seen.add(item.uid());
                store.put(item);
              });
      switch (outcome) {
        case ListOutcome.Listed listed -> {
          store.listed(seen, listed.resourceVersion());
          listed();
          listener.listed(resource.name(), Duration.ofNanos(System.nanoTime() - began));
          return Optional.of(listed.resourceVersion());
        }
        case ListOutcome.Refused(ApiAnswer answer) -> {
          if (answer.statusCode() == 410) {
            // It took longer than the server keeps history: no fault of anybody's, if once.
            expired(answer, ++expiredLists);
          } else {
            if (isForGood(answer)) {
              refused = true;
              // What was listed before would pass for what is there now.
              synced = synced && !isBelieved();
            }
            failed(answer);
          }
        }
      }
    } catch (IOException e) {
      failed(String.valueOf(e.getMessage()), Optional.empty());
    }
    return Optional.empty();
  }

  private void listed() {
    synced = true;
    refused = false;
    refusedSinceNanos = null;
    expiredLists = 0;
    if (!watchFailed) {
      recovered();
      failures = 0;
    }
  }

  /** Whether a refusal has lasted too long to come from a server that is starting. */
  private boolean isBelieved() {
    long now = System.nanoTime();
    if (refusedSinceNanos == null) {
      refusedSinceNanos = now;
    }
    return now - refusedSinceNanos >= REFUSAL_BELIEVED.toNanos();
  }

  /** Whether others need not wait for it: it is forbidden, or the cluster has no such thing. */
  private static boolean isForGood(ApiAnswer answer) {
    return answer.statusCode() == 403 || answer.statusCode() == 404;
  }

  /** Watches once; answers from where to go on, or empty if a list is due. */
  private Optional<String> watchFrom(String version) throws InterruptedException {
    Progress progress = new Progress(version);
    try (ResourceWatch<T> opened =
        client.watch(resource.path(), resource.options(), version, resource.parser())) {
      watch = opened;
      if (stop.isRequested()) {
        return Optional.empty();
      }
      WatchEnd end = opened.run(progress::opened, progress::take);
      watchFailed = !progress.held();
      switch (end) {
        case WatchEnd.Finished() -> {
          if (watchFailed) {
            stop.await(backoff.delay(++failures));
          }
        }
        case WatchEnd.Expired(ApiAnswer answer) -> {
          listener.restarted(resource.name());
          expiredWatches = watchFailed ? expiredWatches + 1 : 0;
          if (watchFailed) {
            expired(answer, expiredWatches);
          }
          return Optional.empty();
        }
        case WatchEnd.Refused(ApiAnswer answer) -> {
          listener.restarted(resource.name());
          boolean goOn = mayGoOn(answer);
          failed(answer);
          return goOn ? Optional.of(progress.version) : Optional.empty();
        }
        case WatchEnd.Closed() -> {
          return Optional.empty();
        }
      }
    } catch (IOException e) {
      listener.restarted(resource.name());
      if (progress.held()) {
        // Proxies and API servers end such connections as a matter of course.
        log.debug("Watching {} anew", resource.name(), e);
        stop.await(backoff.delay(++failures));
      } else {
        failed(String.valueOf(e.getMessage()), Optional.empty());
      }
    } finally {
      watch = null;
    }
    return Optional.of(progress.version);
  }

  /**
   * Whether to try the same watch again: the server, or our right to it, is away for a while. Any
   * other refusal is about the version, which may be newer than the server after etcd was restored,
   * or it is for good, which a list will tell.
   */
  private boolean mayGoOn(ApiAnswer answer) {
    int status = answer.statusCode();
    return ((isForGood(answer) && !isBelieved()) || status == 401 || status == 429 || status >= 500)
        && !answer.hasCause("ResourceVersionTooLarge");
  }

  /** The server has forgotten where we were, for this many times without anything between. */
  private void expired(ApiAnswer answer, int times) throws InterruptedException {
    if (times > 1) {
      failed(answer);
    } else {
      log.debug("Listing {} again: {}", resource.name(), answer.message());
      stop.await(backoff.delay(++failures));
    }
  }

  private void failed(ApiAnswer answer) throws InterruptedException {
    failed(answer.summary(), answer.retryAfter());
  }

  private void failed(String reason, Optional<Duration> retryAfter) throws InterruptedException {
    if (stop.isRequested()) {
      return;
    }
    if (problem == null) {
      log.warn("Cannot watch {}: {}", resource.name(), reason);
    }
    problem = resource.name() + ": " + reason;
    Duration wait = backoff.delay(++failures);
    stop.await(retryAfter.filter(asked -> asked.compareTo(wait) > 0).orElse(wait));
  }

  private void recovered() {
    if (problem != null) {
      log.info("Watching {} again", resource.name());
      problem = null;
    }
  }

  /** What one watch delivered. */
  private final class Progress {
    private String version;
    private boolean moved;
    private @Nullable Long openedAtNanos;

    Progress(String version) {
      this.version = version;
    }

    void opened() {
      openedAtNanos = System.nanoTime();
      refusedSinceNanos = null;
      if (expiredWatches == 0) {
        recovered();
      }
    }

    /** Whether it was worth opening; so the next failure is the first again. */
    boolean held() {
      boolean lasted =
          openedAtNanos != null && System.nanoTime() - openedAtNanos >= SHORT_WATCH.toNanos();
      if (lasted) {
        failures = 0;
      }
      return lasted || moved;
    }

    void take(WatchEvent<T> event) {
      moved = true;
      failures = 0;
      if (expiredWatches > 0) {
        expiredWatches = 0;
        recovered();
      }
      switch (event) {
        case WatchEvent.Added<T>(T item) -> put(item);
        case WatchEvent.Modified<T>(T item) -> put(item);
        case WatchEvent.Deleted<T>(T item) -> {
          store.remove(item.uid());
          advance(item.resourceVersion());
        }
        case WatchEvent.Bookmark<T>(String bookmark) -> advance(bookmark);
      }
    }

    private void put(T item) {
      store.put(item);
      advance(item.resourceVersion());
    }

    private void advance(String to) {
      if (!to.isEmpty()) {
        version = to;
      }
    }
  }

  /** Ends the run, from any thread. */
  @Override
  public void close() {
    stop.request();
    ResourceWatch<T> current = watch;
    if (current != null) {
      current.close();
    }
  }
}
