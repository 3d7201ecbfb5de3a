package com.mloptimizer.agent.heartbeat;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}, as OpenMetrics or as Prometheus' older text, whichever the client asks for. The
 * families stand in the order of their names. Each scrape that is under way holds its text in
 * memory, so only a few may be; others wait a little for their turn.
 *
 * <p>The library's own handler is not used: it breaks the connection when a metric cannot be read,
 * and keeps a buffer of a megabyte for each thread.
 */
final class MetricsPage {
  private static final int MOST_AT_ONCE = 16;

  /** Half of the shortest scrape timeout in common use. */
  private static final int WAIT_SECONDS = 5;

  private final CollectorRegistry registry;
  private final Semaphore scrapes = new Semaphore(MOST_AT_ONCE, true);

  MetricsPage(CollectorRegistry registry) {
    this.registry = registry;
  }

  void handle(HttpExchange exchange) throws IOException {
    if (!isOurTurn()) {
      exchange.getResponseHeaders().set("Retry-After", "1");
      Page.text(Page.UNAVAILABLE, "too many scrapes at once").send(exchange);
      return;
    }
    try {
      String contentType =
          TextFormat.chooseContentType(exchange.getRequestHeaders().getFirst("Accept"));
      new Page(Page.OK, contentType, render(contentType)).send(exchange);
    } finally {
      scrapes.release();
    }
  }

  /** All metrics as text, for whoever does not ask over HTTP. */
  byte[] text() throws IOException {
    return render(TextFormat.CONTENT_TYPE_004);
  }

  private boolean isOurTurn() {
    try {
      return scrapes.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private byte[] render(String contentType) throws IOException {
    List<MetricFamilySamples> families =
        Collections.list(registry.metricFamilySamples()).stream()
            .map(MetricsPage::withoutCreated)
            .sorted(Comparator.comparing(family -> family.name))
            .toList();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 << 10);
    try (Writer writer = new OutputStreamWriter(bytes, StandardCharsets.UTF_8)) {
      TextFormat.writeFormat(contentType, writer, Collections.enumeration(families));
    }
    return bytes.toByteArray();
  }

  /**
   * When each counter began is optional, nobody asks for it here, and it doubles the number of time
   * series.
   */
  private static MetricFamilySamples withoutCreated(MetricFamilySamples family) {
    @Nullable String created =
        switch (family.type) {
          case COUNTER, HISTOGRAM, SUMMARY -> family.name + "_created";
          case UNKNOWN, GAUGE, STATE_SET, INFO, GAUGE_HISTOGRAM -> null;
        };
    return created == null
        ? family
        : new MetricFamilySamples(
            family.name,
            family.unit,
            family.type,
            family.help,
            family.samples.stream().filter(sample -> !sample.name.equals(created)).toList());
  }
}
