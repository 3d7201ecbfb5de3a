package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.RejectionReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ResultQueueTest {
  private long now;
  private final ResultQueue queue = new ResultQueue(() -> now);

  @Test
  void exchange_failedThreeTimes_anotherHasItsTurnAndThisComesBack() throws Exception {
    QueuedResult bad = offer("bad");
    QueuedResult good = offer("good");
    assertThat(queue.take()).isSameAs(bad);
    for (int i = 0; i < 3; i++) {
      assertThat(queue.exchange(bad)).isNull();
      queue.failed(bad);
    }
    assertThat(queue.exchange(bad)).isSameAs(good);
    assertThat(queue.take()).isSameAs(bad);
    assertThat(queue.isOdd(bad)).as("nothing was taken").isFalse();
    queue.taken();
    assertThat(queue.isOdd(bad)).isTrue();
  }

  @Test
  void exchange_noOther_goesOnWithIt() throws Exception {
    QueuedResult only = offer("only");
    queue.take();
    for (int i = 0; i < 10; i++) {
      queue.failed(only);
      assertThat(queue.exchange(only)).isNull();
    }
  }

  @Test
  void setAside_againAndAgain_forEverLongerUpToAnHour() throws Exception {
    offer("bad");
    QueuedResult bad = queue.take();
    List<Long> minutes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Duration pause = queue.setAside(bad, Duration.ofSeconds(1));
      minutes.add(pause.toMinutes());
      now += pause.toNanos() - 1;
      QueuedResult other = offer("other");
      assertThat(queue.take()).isSameAs(other);
      now++;
      assertThat(queue.take()).isSameAs(bad);
    }
    assertThat(minutes).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    assertThat(queue.setAside(bad, Duration.ofHours(2))).isEqualTo(Duration.ofHours(2));
  }

  private QueuedResult offer(String id) {
    QueuedResult result =
        new QueuedResult(
            new ActionId(id),
            ActionResult.refused(RejectionReason.UNSAFE, "", Instant.EPOCH),
            true);
    assertThat(queue.offer(result)).isTrue();
    return result;
  }
}
