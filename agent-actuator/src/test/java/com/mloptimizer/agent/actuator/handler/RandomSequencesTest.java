package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random sequences of actions, with calls that fail, answers that are lost, conflicts, latency, and
 * agents that die at any call: after each action the cluster must be what a simple model says. A
 * failure names its seed; {@code -Dsequences.first=SEED -Dsequences.count=1} runs it again.
 */
class RandomSequencesTest {
  private static final int LANES = 12;
  private static final int SEQUENCES_A_CLUSTER = 5;

  @Test
  @Timeout(180)
  void handle_randomSequencesWithFaultsAndCrashes_leaveWhatTheModelSays() throws Exception {
    long first = Long.getLong("sequences.first", 1);
    int count = Integer.getInteger("sequences.count", 200);
    ConcurrentLinkedQueue<Long> seeds = new ConcurrentLinkedQueue<>();
    for (long seed = first; seed < first + count; seed++) {
      seeds.add(seed);
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> lanes = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        lanes.add(threads.submit(() -> run(seeds)));
      }
      int actions = 0;
      for (Future<Integer> lane : lanes) {
        actions += lane.get();
      }
      assertThat(actions).isGreaterThanOrEqualTo(count);
    }
  }

  /** Takes a new cluster now and then: the controllers of an old one have more and more to read. */
  private static int run(ConcurrentLinkedQueue<Long> seeds) throws Exception {
    int actions = 0;
    while (!seeds.isEmpty()) {
      try (EmbeddedCluster cluster = cluster()) {
        cluster.start();
        try (SequenceLane sequences = new SequenceLane(cluster, 0)) {
          for (int i = 0; i < SEQUENCES_A_CLUSTER; i++) {
            Long seed = seeds.poll();
            actions += seed == null ? 0 : sequences.run(seed);
          }
        }
      }
    }
    return actions;
  }

  private static EmbeddedCluster cluster() {
    return EmbeddedCluster.builder()
        .seed(1)
        .nodes(1)
        .demoWorkloads(false)
        .podStart(Duration.ofMillis(1))
        .longestGrace(Duration.ofMillis(20))
        .build();
  }
}
