package com.mloptimizer.agent.actuator.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.config.NodeLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

class NodeCeilingTest {
  private static final ActionId ONE = new ActionId("act-1");
  private static final ActionId OTHER = new ActionId("act-2");

  /** Nodes n0, n1, and so on; those named are unavailable. */
  private static List<NodeState> nodes(int count, String... unavailable) {
    return IntStream.range(0, count)
        .mapToObj(i -> new NodeState("n" + i, !List.of(unavailable).contains("n" + i)))
        .toList();
  }

  private static NodeCeiling atMost(int nodes) {
    return new NodeCeiling(new NodeLimit.Count(nodes));
  }

  @Test
  void reserve_belowTheLimit_counts() {
    NodeCeiling ceiling = atMost(1);
    assertThat(ceiling.reserve(ONE, "n0", nodes(3), 0))
        .isInstanceOf(NodeCeiling.Attempt.Reserved.class);
    assertThat(ceiling.reserve(OTHER, "n1", nodes(3), 0))
        .isInstanceOfSatisfying(
            NodeCeiling.Attempt.Exceeded.class,
            exceeded ->
                assertThat(exceeded.violation())
                    .hasToString(
                        "guardrail max_unavailable_nodes: 1 of 3 nodes are unavailable or about"
                            + " to be (n0), the limit is 1"));
  }

  @Test
  void reserve_reservedAndListedNode_countsOnce() {
    NodeCeiling ceiling = atMost(2);
    ceiling.reserve(ONE, "n0", nodes(3), 0);
    assertThat(ceiling.reserve(OTHER, "n1", nodes(3, "n0"), 0))
        .isInstanceOf(NodeCeiling.Attempt.Reserved.class);
  }

  @Test
  void reserve_unavailableNodeItself_takesNothing() {
    NodeCeiling ceiling = atMost(1);
    List<NodeState> beyond = nodes(3, "n0", "n1");
    assertThat(ceiling.reserve(ONE, "n0", beyond, 0))
        .isInstanceOf(NodeCeiling.Attempt.Reserved.class);
    assertThat(ceiling.reserve(OTHER, "n2", beyond, 0))
        .isInstanceOf(NodeCeiling.Attempt.Exceeded.class);
  }

  @Test
  void reserve_nodeThatBecameReadyWhileItsDrainRuns_stillCounts() {
    NodeCeiling ceiling = atMost(1);
    ceiling.reserve(ONE, "n0", nodes(3, "n0"), 0);
    assertThat(ceiling.reserve(OTHER, "n1", nodes(3), 0))
        .isInstanceOf(NodeCeiling.Attempt.Exceeded.class);
  }

  @Test
  void reserve_listFromBeforeARelease_isOutdated() {
    NodeCeiling ceiling = atMost(1);
    ceiling.reserve(ONE, "n0", nodes(3), ceiling.version());
    long version = ceiling.version();
    List<NodeState> listedBeforeTheCordon = nodes(3);
    ceiling.release(ONE); // It has cordoned n0, which the list does not know.
    assertThat(ceiling.reserve(OTHER, "n1", listedBeforeTheCordon, version))
        .isInstanceOf(NodeCeiling.Attempt.Outdated.class);
    assertThat(ceiling.reserve(OTHER, "n1", nodes(3, "n0"), ceiling.version()))
        .isInstanceOf(NodeCeiling.Attempt.Exceeded.class);
  }

  @Test
  void release_twiceOrOfNothing_outdatesNothing() {
    NodeCeiling ceiling = atMost(1);
    ceiling.release(ONE);
    assertThat(ceiling.version()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "0%, 3, 0",
    "10%, 3, 1",
    "34%, 3, 1",
    "67%, 3, 2",
    "100%, 3, 3",
    "10%, 20, 2",
    "10%, 29, 2"
  })
  void reserve_percentage_isRoundedDownButAtLeastOne(String limit, int count, int permitted) {
    NodeCeiling ceiling =
        new NodeCeiling(
            new NodeLimit.Percentage(Integer.parseInt(limit.substring(0, limit.length() - 1))));
    int reserved = 0;
    for (int i = 0; i < count; i++) {
      var attempt = ceiling.reserve(new ActionId("act-" + i), "n" + i, nodes(count), 0);
      reserved += attempt instanceof NodeCeiling.Attempt.Reserved ? 1 : 0;
    }
    assertThat(reserved).isEqualTo(permitted);
  }

  @Test
  void exceeding_zeroPercent_saysWhatThatIs() {
    NodeCeiling ceiling = new NodeCeiling(new NodeLimit.Percentage(0));
    assertThat(ceiling.exceeding("n0", nodes(8)).orElseThrow().why())
        .isEqualTo("0 of 8 nodes are unavailable or about to be (none), the limit is 0% = 0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | [{'type':'Ready','status':'True'}] | true",
        "{} | [{'type':'Ready','status':'False'}] | false",
        "{} | [{'type':'Ready','status':'Unknown'}] | false",
        "{} | [{'type':'MemoryPressure','status':'True'}] | false",
        "{} | [] | false",
        "{'unschedulable':true} | [{'type':'Ready','status':'True'}] | false",
        "{'unschedulable':false} | [{'type':'Ready','status':'True'}] | true",
        "{'taints':[{'key':'a','effect':'NoSchedule'}]} | [{'type':'Ready','status':'True'}] | true",
        "{'taints':[{'key':'a','effect':'NoExecute'}]} | [{'type':'Ready','status':'True'}] | false",
      },
      quoteCharacter = '`')
  void nodeState_ofANode_isAvailableOnlyIfItTakesPods(
      String spec, String conditions, boolean available) {
    String json =
        "{'kind':'Node','metadata':{'name':'n'},'spec':%s,'status':{'conditions':%s}}"
            .formatted(spec, conditions)
            .replace('\'', '"');
    try (JsonParser parser = new JsonMapper().createParser(json)) {
      parser.nextToken();
      assertThat(NodeState.read(parser)).isEqualTo(new NodeState("n", available));
    }
  }

  /**
   * Many actions cordon, others uncordon, and the list that a decision is made by is as old as it
   * can be.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void reserve_byManyThreads_neverTakesMoreNodesThanTheLimit(int limit) throws Exception {
    NodeCeiling ceiling = atMost(limit);
    Set<String> cordoned = ConcurrentHashMap.newKeySet();
    List<ReentrantLock> targets =
        IntStream.range(0, 12).mapToObj(_ -> new ReentrantLock()).toList();
    AtomicInteger worst = new AtomicInteger();
    AtomicInteger taken = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> actions = new ArrayList<>();
      for (int i = 0; i < 3000; i++) {
        ActionId action = new ActionId("act-" + i);
        String node = "n" + i % 12;
        ReentrantLock target = targets.get(i % 12);
        boolean uncordon = i / 12 % 3 == 0;
        actions.add(
            threads.submit(() -> {
              target.lock(); // Actions on one target run one after the other.
              try {
                if (uncordon) {
                  cordoned.remove(node);
                } else if (isReserved(ceiling, action, node, cordoned)) {
                  taken.addAndGet(cordoned.add(node) ? 1 : 0);
                  worst.accumulateAndGet(cordoned.size(), Math::max);
                  ceiling.release(action);
                }
              } finally {
                target.unlock();
              }
            }));
      }
      for (Future<?> action : actions) {
        action.get(30, TimeUnit.SECONDS);
      }
    }
    assertThat(worst.get()).isBetween(1, limit);
    assertThat(taken.get()).isGreaterThan(5);
  }

  private static boolean isReserved(
      NodeCeiling ceiling, ActionId action, String node, Set<String> cordoned) {
    while (true) {
      long version = ceiling.version();
      List<NodeState> list = nodes(12, cordoned.toArray(new String[0]));
      LockSupport.parkNanos(1000);
      switch (ceiling.reserve(action, node, list, version)) {
        case NodeCeiling.Attempt.Reserved _ -> {
          return true;
        }
        case NodeCeiling.Attempt.Exceeded _ -> {
          return false;
        }
        case NodeCeiling.Attempt.Outdated _ -> {}
      }
    }
  }
}
