package com.mloptimizer.agent.sandbox.console;

import com.mloptimizer.agent.sandbox.backend.BrowserGuard;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Server-sent events: every section once when a page connects, then each as it changes, with at
 * most ten updates a second.
 */
final class EventStream implements HttpHandler {
  private static final int MAX_PAGES = 32;
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Semaphore pages = new Semaphore(MAX_PAGES);
  private final Changes changes;
  private final SectionReader reader;

  EventStream(Changes changes, SectionReader reader) {
    this.changes = changes;
    this.reader = reader;
  }

  /** A section's state as JSON. */
  @FunctionalInterface
  interface SectionReader {
    byte[] json(Section section);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    boolean allowed = BrowserGuard.objectionToRead(exchange).isEmpty();
    if (!allowed || !pages.tryAcquire()) {
      exchange.sendResponseHeaders(allowed ? 503 : 403, -1);
      exchange.close();
      return;
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      exchange.sendResponseHeaders(200, 0);
      stream(exchange.getResponseBody());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // The page went away, which is how a stream ends; the next one connects anew.
    } finally {
      pages.release();
      exchange.close();
    }
  }

  private void stream(OutputStream out) throws IOException, InterruptedException {
    Map<Section, Long> seen = new EnumMap<>(Section.class);
    while (true) {
      Map<Section, Long> newer = changes.awaitNewer(seen, KEEP_ALIVE);
      if (newer.isEmpty()) {
        write(out, ":\n\n");
      }
      for (Section section : newer.keySet()) {
        write(out, "event: " + section.eventName() + "\ndata: ");
        out.write(reader.json(section));
        write(out, "\n\n");
      }
      out.flush();
      seen.putAll(newer);
      Thread.sleep(PAUSE);
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
