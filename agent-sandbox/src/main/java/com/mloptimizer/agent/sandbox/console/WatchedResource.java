package com.mloptimizer.agent.sandbox.console;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** One resource of the cluster, listed and watched for as long as the page is served. */
final class WatchedResource<T extends ClusterItem> {
  private final KubernetesClient client;
  private final ResourcePath path;
  private final ItemParser<T> parser;
  private final Runnable onChange;
  private final StopSignal stop = new StopSignal();
  private final Backoff backoff =
      new Backoff(
          Duration.ofMillis(500),
          Duration.ofSeconds(5),
          () -> ThreadLocalRandom.current().nextDouble());
  private final Map<String, T> items = new ConcurrentHashMap<>();
  private volatile @Nullable String problem;
  private volatile @Nullable ResourceWatch<T> watch;

  // Written by the watching thread only.
  private String resourceVersion = "";

  WatchedResource(
      KubernetesClient client, ResourcePath path, ItemParser<T> parser, Runnable onChange) {
    this.client = client;
    this.path = path;
    this.parser = parser;
    this.onChange = onChange;
  }

  List<T> items() {
    return List.copyOf(items.values());
  }

  /** What keeps it from being up to date, if something does. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  void stop() {
    stop.request();
    ResourceWatch<T> current = watch;
    if (current != null) {
      current.close();
    }
  }

  /** Runs until it is stopped, in a thread of its own. */
  void run() {
    int failures = 0;
    try {
      while (!stop.isRequested()) {
        failures = listAndWatch() ? 0 : failures + 1;
        if (failures > 0 && stop.await(backoff.delay(failures))) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean listAndWatch() {
    try {
      if (!list()) {
        return false;
      }
      while (!stop.isRequested()) {
        switch (watchOnce()) {
          case WatchEnd.Finished _ -> {}
          case WatchEnd.Expired _ -> {
            return true;
          }
          case WatchEnd.Refused(ApiAnswer answer) -> {
            return failed(answer.summary());
          }
          case WatchEnd.Closed _ -> {
            return true;
          }
        }
      }
      return true;
    } catch (IOException e) {
      return failed(String.valueOf(e.getMessage()));
    }
  }

  private boolean list() throws IOException {
    Map<String, T> listed = new LinkedHashMap<>();
    ListOutcome outcome =
        client.list(path, ListOptions.all(), parser, item -> listed.put(item.key(), item));
    return switch (outcome) {
      case ListOutcome.Listed(String version, int _) -> {
        resourceVersion = version;
        items.keySet().retainAll(listed.keySet());
        items.putAll(listed);
        problem = null;
        onChange.run();
        yield true;
      }
      case ListOutcome.Refused(ApiAnswer answer) -> failed(answer.summary());
    };
  }

  private WatchEnd watchOnce() throws IOException {
    try (ResourceWatch<T> current =
        client.watch(path, ListOptions.all(), resourceVersion, parser)) {
      watch = current;
      return stop.isRequested() ? new WatchEnd.Closed() : current.run(this::apply);
    }
  }

  private void apply(WatchEvent<T> event) {
    switch (event) {
      case WatchEvent.Added<T>(T item) -> changed(item);
      case WatchEvent.Modified<T>(T item) -> changed(item);
      case WatchEvent.Deleted<T>(T item) -> {
        items.remove(item.key());
        resourceVersion = item.resourceVersion();
        onChange.run();
      }
      case WatchEvent.Bookmark<T>(String version) -> resourceVersion = version;
    }
  }

  private void changed(T item) {
    items.put(item.key(), item);
    resourceVersion = item.resourceVersion();
    onChange.run();
  }

  private boolean failed(String reason) {
    problem = path + ": " + reason;
    onChange.run();
    return false;
  }
}
