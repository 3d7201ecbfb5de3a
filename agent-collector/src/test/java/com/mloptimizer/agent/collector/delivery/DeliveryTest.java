package com.mloptimizer.agent.collector.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.collector.spool.Spool;
import com.mloptimizer.agent.collector.spool.SpoolListener;
import com.mloptimizer.agent.core.backend.Backend;
import com.mloptimizer.agent.core.backend.BackendAnswer;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.JsonBody;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.EventMetric;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.MetricsBatch;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class DeliveryTest {

  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));
  private static final BackendAnswer<Backend.Nothing> DONE =
      new BackendAnswer.Done<>(Backend.Nothing.NOTHING);

  @TempDir Path folder;
  private final ProtocolCodec codec = new ProtocolCodec();
  private final List<MetricsBatch> delivered = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final Queue<BackendAnswer<Backend.Nothing>> answers = new ArrayDeque<>();
  private int mostRecords = Integer.MAX_VALUE;
  private int longest;

  @Test
  void write_manyRecords_areNumberedBatchesOfAtMostTheSize() throws InterruptedException {
    try (Boot boot = new Boot("b1")) {
      boot.writer.write(events("e", 250, 10).stream(), 100);
      boot.deliver();

      assertThat(keys).containsExactly("b1-1", "b1-2", "b1-3");
      assertThat(delivered)
          .extracting(batch -> batch.metrics().size())
          .containsExactly(100, 100, 50);
      assertThat(delivered).extracting(MetricsBatch::sequence).containsExactly(1L, 2L, 3L);
      assertThat(names()).isEqualTo(namesOf("e", 250));
      assertThat(boot.registry.getSampleValue("agent_batches_sent_total")).isEqualTo(3.0);
    }
  }

  @Test
  void write_largeRecords_stayUnder512KiB() throws InterruptedException {
    try (Boot boot = new Boot("b1")) {
      boot.writer.write(events("e", 40, 50_000).stream(), 10_000);
      boot.deliver();

      assertThat(names()).isEqualTo(namesOf("e", 40));
      assertThat(delivered).hasSize(4);
      assertThat(longest).isLessThanOrEqualTo(512 << 10).isGreaterThan(450_000);
    }
  }

  @Test
  void deliver_leftByAnEarlierBoot_goesFirstUnderItsOwnName() throws InterruptedException {
    try (Boot first = new Boot("b1")) {
      first.writer.write(events("old", 3, 10).stream(), 2);
    }
    try (Boot second = new Boot("b2")) {
      second.writer.write(events("new", 1, 10).stream(), 2);
      second.deliver();
    }

    assertThat(keys).containsExactly("b1-1", "b1-2", "b2-1");
    assertThat(delivered).extracting(MetricsBatch::bootId).containsExactly("b1", "b1", "b2");
    assertThat(delivered).extracting(MetricsBatch::sequence).containsExactly(1L, 2L, 1L);
  }

  @Test
  void deliver_backendAway_triesTheSameAgainInOrder() throws InterruptedException {
    answers.add(new BackendAnswer.RetryLater<>("connection refused", null));
    answers.add(new BackendAnswer.RetryLater<>("HTTP 503", Duration.ofMillis(5)));
    try (Boot boot = new Boot("b1")) {
      boot.writer.write(events("e", 2, 10).stream(), 1);
      boot.deliver();
    }

    assertThat(keys).containsExactly("b1-1", "b1-1", "b1-1", "b1-2");
    assertThat(delivered).hasSize(2);
  }

  @Test
  void deliver_tooLarge_isSplitUntilItFitsAndNoNumberIsMissing() throws InterruptedException {
    mostRecords = 2;
    try (Boot boot = new Boot("b1")) {
      boot.writer.write(events("e", 7, 10).stream(), 100);
      boot.deliver();

      assertThat(delivered).allMatch(batch -> batch.metrics().size() <= 2);
      assertThat(names()).containsExactlyInAnyOrderElementsOf(namesOf("e", 7));
      assertThat(delivered).extracting(MetricsBatch::sequence).containsExactly(1L, 2L, 3L, 4L);
      assertThat(boot.metrics.droppedTotal()).isZero();
    }
  }

  @Test
  void deliver_oneRecordTooLarge_isDroppedAndCounted() throws InterruptedException {
    mostRecords = 0;
    try (Boot boot = new Boot("b1")) {
      boot.writer.write(events("e", 1, 10).stream(), 100);
      boot.deliver();

      assertThat(delivered).isEmpty();
      assertThat(boot.dropped("too_large")).isEqualTo(1);
      assertThat(boot.metrics.droppedTotal()).isEqualTo(1);
    }
  }

  @Test
  void deliver_refused_isDroppedAndTheNextOneGoes() throws InterruptedException {
    answers.add(new BackendAnswer.Refused<>(422, "no"));
    try (Boot boot = new Boot("b1")) {
      boot.writer.write(events("e", 2, 10).stream(), 1);
      boot.deliver();

      assertThat(names()).containsExactly("e1");
      assertThat(boot.dropped("refused")).isEqualTo(1);
    }
  }

  @Test
  void deliver_notABatch_isDroppedAndTheNextOneGoes() throws InterruptedException {
    try (Boot boot = new Boot("b1")) {
      boot.spool.append(new byte[] {1, 2, 3});
      boot.writer.write(events("e", 1, 10).stream(), 1);
      boot.deliver();

      assertThat(names()).containsExactly("e0");
      assertThat(boot.dropped("damaged")).isEqualTo(1);
    }
  }

  private BackendAnswer<Backend.Nothing> answer(JsonBody body, String key) {
    byte[] json = json(body);
    keys.add(key);
    longest = Math.max(longest, json.length);
    BackendAnswer<Backend.Nothing> scripted = answers.poll();
    if (scripted != null) {
      return scripted;
    }
    MetricsBatch batch = codec.decode(json, MetricsBatch.class);
    assertThat(batch.idempotencyKey()).isEqualTo(key);
    if (batch.metrics().size() > mostRecords) {
      return new BackendAnswer.TooLarge<>();
    }
    delivered.add(batch);
    return DONE;
  }

  private static byte[] json(JsonBody body) {
    try {
      return body.json(1 << 20);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> names() {
    return delivered.stream()
        .flatMap(batch -> batch.metrics().stream())
        .map(record -> ((EventMetric) record).name())
        .toList();
  }

  private static List<String> namesOf(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  private static List<MetricRecord> events(String prefix, int count, int messageLength) {
    EventMetric.InvolvedObject involved = new EventMetric.InvolvedObject("Pod", "p", "n", "u");
    return LongStream.range(0, count)
        .<MetricRecord>mapToObj(i ->
            new EventMetric(
                "n",
                prefix + i,
                "Normal",
                "r",
                "x".repeat(messageLength),
                involved,
                1,
                null,
                CLOCK.instant()))
        .toList();
  }

  /** One process' delivery. */
  private final class Boot implements AutoCloseable {
    private final CollectorRegistry registry = new CollectorRegistry();
    private final DeliveryMetrics metrics = new DeliveryMetrics(registry);
    private final Spool spool = new Spool(folder, 4 << 20, SpoolListener.none());
    private final BatchWriter writer;
    private final BatchSender sender;

    Boot(String bootId) {
      writer =
          new BatchWriter(new AgentIdentity("prod", "agent", bootId), codec, spool, metrics, CLOCK);
      Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), () -> 0.5);
      sender =
          new BatchSender(
              spool,
              writer,
              DeliveryTest.this::answer,
              codec,
              metrics,
              new BackendRetry(backoff, new BackendMetrics(registry), Ticker.system()),
              new ComponentHealth(ComponentName.COLLECTOR, CLOCK, Ticker.system()));
    }

    void deliver() throws InterruptedException {
      sender.finish();
      sender.run();
    }

    double dropped(String reason) {
      return registry.getSampleValue(
          "agent_batches_dropped_total", new String[] {"reason"}, new String[] {reason});
    }

    @Override
    public void close() {
      spool.close();
    }
  }
}
