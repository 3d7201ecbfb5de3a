package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.Change;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.ChangeType;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.Listing;
import com.mloptimizer.agent.sandbox.cluster.store.ResourceKind;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * Streams changes to whoever watches, on the thread of the call. Each stream is a cursor into the
 * store's history; a reader that is too slow loses its place and is told so with an ERROR event,
 * status 410.
 */
final class WatchVerb {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(30);

  private final ObjectStore store;
  private final Duration bookmarkInterval;
  private final AtomicLong cuts = new AtomicLong();

  WatchVerb(ObjectStore store, Duration bookmarkInterval) {
    this.store = store;
    this.bookmarkInterval = bookmarkInterval;
  }

  /** Ends every open stream in the middle, as a broken connection does. */
  void cutAll() {
    cuts.incrementAndGet();
    store.wake();
  }

  void serve(ApiCall call, ResourceKind kind, String namespace, Representation form)
      throws IOException, InterruptedException {
    Selection selection = Selection.of(call, kind);
    long version = call.number("resourceVersion");
    try (OutputStream out = call.stream()) {
      Subscription stream = new Subscription(call, kind, namespace, selection, form, out);
      try {
        if (version == 0 || call.isSet("sendInitialEvents")) {
          version = stream.initial();
        }
        stream.follow(version);
      } catch (ApiFailure gone) {
        stream.send("ERROR", gone.status());
      }
    }
  }

  /** One open watch. */
  private final class Subscription {
    private final ApiCall call;
    private final ResourceKind kind;
    private final String namespace;
    private final Selection selection;
    private final Representation form;
    private final OutputStream out;
    private final boolean bookmarks;
    private final long cutsAtStart = cuts.get();
    private boolean first = true;

    Subscription(
        ApiCall call,
        ResourceKind kind,
        String namespace,
        Selection selection,
        Representation form,
        OutputStream out) {
      this.call = call;
      this.kind = kind;
      this.namespace = namespace;
      this.selection = selection;
      this.form = form;
      this.out = out;
      this.bookmarks = call.isSet("allowWatchBookmarks");
    }

    /** Sends what exists already; returns the version that it existed at. */
    long initial() throws IOException {
      Listing listing = store.list(kind, namespace);
      for (ObjectNode object : listing.items()) {
        if (selection.matches(object)) {
          sendObject("ADDED", object);
        }
      }
      if (call.isSet("sendInitialEvents") && bookmarks) {
        sendBookmark(listing.version(), true);
      }
      out.flush();
      return listing.version();
    }

    void follow(long from) throws IOException, InterruptedException {
      long cursor = from;
      long timeout =
          call.number("timeoutSeconds") > 0
              ? Duration.ofSeconds(call.number("timeoutSeconds")).toNanos()
              : DEFAULT_TIMEOUT.toNanos();
      long started = System.nanoTime();
      long bookmarked = started;
      out.flush();
      while (cuts.get() == cutsAtStart) {
        long now = System.nanoTime();
        long left = timeout - (now - started);
        long untilBookmark = bookmarkInterval.toNanos() - (now - bookmarked);
        if (bookmarks && (untilBookmark <= 0 || left <= 0)) {
          sendBookmark(cursor, false);
          bookmarked = now;
        } else if (left > 0) {
          long wait = bookmarks ? Math.min(left, untilBookmark) : left;
          for (Change change : store.changesAfter(cursor, Duration.ofNanos(wait))) {
            send(change);
            cursor = change.version();
          }
        }
        out.flush();
        if (left <= 0) {
          return;
        }
      }
    }

    private void send(Change change) throws IOException {
      boolean concerned =
          change.kind().qualifiedName().equals(kind.qualifiedName())
              && (namespace.isEmpty() || namespace.equals(Fields.namespace(change.object())));
      if (concerned) {
        Optional<String> type = typeOf(change);
        if (type.isPresent()) {
          sendObject(type.get(), change.object());
        }
      }
    }

    /** To a selecting watch an object appears when it begins to match, and goes when it ceases. */
    private Optional<String> typeOf(Change change) {
      ObjectNode previous = change.previous();
      boolean before = previous != null && selection.matches(previous);
      boolean after = change.type() != ChangeType.DELETED && selection.matches(change.object());
      if (before && after) {
        return Optional.of("MODIFIED");
      } else if (before || after) {
        return Optional.of(after ? "ADDED" : "DELETED");
      }
      return Optional.empty();
    }

    private void sendObject(String type, ObjectNode object) throws IOException {
      send(type, form.event(object, first));
      first = false;
    }

    private void sendBookmark(long version, boolean initialEventsEnd) throws IOException {
      ObjectNode bookmark =
          Fields.newObject().put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
      ObjectNode metadata = bookmark.putObject("metadata");
      metadata.put("resourceVersion", Long.toString(version)).putNull("creationTimestamp");
      if (initialEventsEnd) {
        metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
      }
      send("BOOKMARK", bookmark);
    }

    void send(String type, ObjectNode object) throws IOException {
      ObjectNode event = Fields.newObject().put("type", type);
      event.set("object", object);
      out.write(call.bytes(event));
      out.write('\n');
      out.flush();
    }
  }
}
