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
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import io.prometheus.client.CollectorRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A backend that is away for an hour of collections, one a minute, of 5,000 pods. */
@Timeout(120)
final class OutageTest {

  private static final int PODS = 5000;
  private static final int CYCLES = 60;
  private static final int BATCH_SIZE = 100;
  private static final long SPOOL_BYTES = 32L << 20;
  private static final long GROWTH_BYTES = 4L << 20;

  @TempDir Path folder;
  private final ManyPods pods = new ManyPods(PODS);
  private final CollectorRegistry registry = new CollectorRegistry();
  private final DeliveryMetrics metrics = new DeliveryMetrics(registry);
  private final List<String> keys = new ArrayList<>();

  @Test
  void write_backendAwayForAnHour_costsBoundedDiskAndNoMemory_andAllArrivesInOrder()
      throws InterruptedException {
    try (Spool spool = new Spool(folder, SPOOL_BYTES, SpoolListener.none())) {
      BatchWriter writer = writer(spool);
      long early = 0;
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        assertThat(writer.write(pods.inCycle(cycle), BATCH_SIZE)).isTrue();
        assertThat(spool.bytes()).isLessThanOrEqualTo(SPOOL_BYTES);
        if (cycle == CYCLES / 6) {
          early = usedMemory();
        }
      }
      assertThat(usedMemory() - early).as("growth of the heap").isLessThan(GROWTH_BYTES);
      assertThat(spool.bytes() / (PODS * CYCLES)).as("bytes on disk for a pod").isLessThan(250);

      BatchSender sender = sender(spool, writer);
      sender.finish();
      sender.run();
    }
    int batches = CYCLES * PODS / BATCH_SIZE;
    assertThat(keys)
        .isEqualTo(LongStream.rangeClosed(1, batches).mapToObj(i -> "boot-" + i).toList());
    assertThat(metrics.droppedTotal()).isZero();
  }

  private BatchWriter writer(Spool spool) {
    return new BatchWriter(
        new AgentIdentity("prod", "agent", "boot"),
        new ProtocolCodec(),
        spool,
        metrics,
        InstantSource.system());
  }

  private BatchSender sender(Spool spool, BatchWriter writer) {
    Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofMillis(2), () -> 0.5);
    return new BatchSender(
        spool,
        writer,
        this::receive,
        new ProtocolCodec(),
        metrics,
        new BackendRetry(backoff, new BackendMetrics(registry), Ticker.system()),
        new ComponentHealth(ComponentName.COLLECTOR, InstantSource.system(), Ticker.system()));
  }

  private BackendAnswer<Backend.Nothing> receive(JsonBody body, String key) {
    keys.add(key);
    return new BackendAnswer.Done<>(Backend.Nothing.NOTHING);
  }

  private static long usedMemory() {
    ManagementFactory.getMemoryMXBean().gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
