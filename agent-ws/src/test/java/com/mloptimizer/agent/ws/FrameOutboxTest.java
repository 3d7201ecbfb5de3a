package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import io.prometheus.client.CollectorRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FrameOutboxTest {
  private final AtomicLong nanos = new AtomicLong();
  private final CollectorRegistry registry = new CollectorRegistry();
  private final FrameOutbox outbox =
      new FrameOutbox(3, InstantSource.fixed(Instant.EPOCH), nanos::get, registry);

  @Test
  void send_whenFull_dropsTheOldestAndCountsIt() {
    for (int i = 1; i <= 5; i++) {
      outbox.send(config(i));
    }
    assertThat(take()).contains(config(3));
    assertThat(registry.getSampleValue("agent_websocket_outbox_dropped_total")).isEqualTo(2);
    assertThat(registry.getSampleValue("agent_websocket_outbox_frames")).isEqualTo(2);
  }

  @Test
  void take_laterProgress_comesAfterWhatWasSaidMeanwhile() {
    outbox.send(progress("a", "1"));
    outbox.send(config(1));
    outbox.send(progress("a", "2"));
    assertThat(take()).contains(config(1));
    assertThat(take()).contains(progress("a", "2"));
  }

  @Test
  void take_progressWithinASecond_waitsWhileOthersPass() {
    outbox.send(progress("a", "1"));
    assertThat(take()).contains(progress("a", "1"));
    outbox.send(progress("a", "2"));
    outbox.send(progress("b", "1"));
    outbox.send(progress("a", "3"));
    assertThat(take()).contains(progress("b", "1"));
    assertThat(take()).isEmpty();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(take()).contains(progress("a", "3"));
    assertThat(outbox.isEmpty()).isTrue();
  }

  @Test
  void putBack_unsentFrame_isFirstAgain() {
    outbox.send(config(1));
    outbox.send(config(2));
    outbox.putBack(outbox.take().orElseThrow());
    assertThat(take()).contains(config(1));
    assertThat(take()).contains(config(2));
  }

  @Test
  void putBack_progressThatWasOvertaken_keepsTheLater() {
    outbox.send(progress("a", "1"));
    FrameOutbox.Waiting unsent = outbox.take().orElseThrow();
    outbox.send(progress("a", "2"));
    outbox.putBack(unsent);
    assertThat(take()).contains(progress("a", "2"));
    assertThat(outbox.isEmpty()).isTrue();
  }

  private Optional<AgentFrame> take() {
    return outbox.take().map(FrameOutbox.Waiting::frame);
  }

  private static AgentFrame config(long version) {
    return new AgentFrame.ConfigStatus(version, "applied", null);
  }

  private static AgentFrame progress(String id, String message) {
    return new ProtocolCodec()
        .decodeAgentFrame(
            """
            {"type": "action_progress", "action_id": "%s", "phase": "running", "message": "%s",
             "details": {}}\
            """
                .formatted(id, message));
  }
}
