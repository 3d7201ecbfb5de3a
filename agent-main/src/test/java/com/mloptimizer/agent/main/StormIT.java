package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.protocol.AgentFrame.ActionAck;
import com.mloptimizer.agent.core.protocol.ResultRequest;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.backend.BackendEvent;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * 10,000 envelopes as fast as they can be sent, to a real agent process: its memory stays as it is,
 * its probes answer, and every envelope that it read has its right acknowledgement.
 */
@Timeout(300)
class StormIT {
  private static final int FRAMES = 10_000;

  /** Frames for which the agent's queues had no room, either way. */
  private static final String UNREAD = "agent_websocket_inbound_dropped_total";

  private static final String UNSAID = "agent_websocket_outbox_dropped_total";

  /** More than the frames and results that may wait take; a heap that grew would be past it. */
  private static final long RSS_BOUND_BYTES = 64L << 20;

  private static final Duration PROBE_BOUND = Duration.ofMillis(50);

  @TempDir private Path directory;
  private final List<ActionAck> acks = new CopyOnWriteArrayList<>();
  private final Map<ActionId, ResultRequest> results = Collections.synchronizedMap(new HashMap<>());
  private final List<Duration> probes = Collections.synchronizedList(new ArrayList<>());
  private final Set<Integer> probeStatus = Collections.synchronizedSet(new HashSet<>());
  private volatile long mostRssBytes;

  @Test
  void storm_tenThousandEnvelopes_changesNeitherMemoryNorProbes() throws Exception {
    EmbeddedCluster cluster = EmbeddedCluster.builder().nodes(20).demoWorkloads(false).build();
    try (Surroundings surroundings = Surroundings.start(cluster, directory)) {
      surroundings.environment().put("COLLECTION_INTERVAL", "60");
      surroundings.backend().listen(this::note);
      AgentProcess agent = surroundings.run();
      surroundings.backend().awaitConnection(SOON);
      Storm storm = new Storm(surroundings, agent);
      storm.send(2000);
      storm.awaitEnd();

      long rssBefore = rssBytes(agent);
      Thread probe = Thread.ofPlatform().daemon().start(() -> probe(surroundings, agent));
      long start = System.nanoTime();
      storm.send(FRAMES);
      double seconds = (System.nanoTime() - start) / 1e9;
      storm.awaitEnd();
      probe.interrupt();
      probe.join();

      probes.sort(null);
      Duration p95 = probes.get(probes.size() * 95 / 100);
      System.out.printf(
          "STORM %d frames sent in %.1f s: RSS %d MiB before, %d MiB at most; %d probes, p50 %d ms, p95 %d"
              + " ms, slowest %d ms; acknowledgements %s%n",
          FRAMES,
          seconds,
          rssBefore >> 20,
          mostRssBytes >> 20,
          probes.size(),
          probes.get(probes.size() / 2).toMillis(),
          p95.toMillis(),
          probes.getLast().toMillis(),
          storm.counts());
      assertThat(mostRssBytes - rssBefore).isLessThan(RSS_BOUND_BYTES);
      assertThat(probeStatus).containsExactly(200);
      // The sender takes the same processors: the rest of the distribution is printed only.
      assertThat(probes.get(probes.size() / 2)).isLessThanOrEqualTo(PROBE_BOUND);
      assertThat(probes.getLast()).isLessThan(Duration.ofSeconds(1)); // A kubelet's patience.
      storm.checkAcknowledgements();
    }
  }

  private void note(BackendEvent event) {
    switch (event) {
      case BackendEvent.FrameReceived(ActionAck ack) -> acks.add(ack);
      case BackendEvent.ResultReceived(ResultRequest request) ->
          results.put(request.actionId(), request);
      default -> {}
    }
  }

  private void probe(Surroundings surroundings, AgentProcess agent) {
    try {
      for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
        long start = System.nanoTime();
        int status = surroundings.get(agent, i % 2 == 0 ? "/healthz" : "/readyz").statusCode();
        probes.add(Duration.ofNanos(System.nanoTime() - start));
        probeStatus.add(status);
        mostRssBytes = Math.max(mostRssBytes, rssBytes(agent));
        LockSupport.parkNanos(20_000_000);
      }
    } catch (IOException e) {
      probeStatus.add(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long rssBytes(AgentProcess agent) throws IOException {
    Path status = Path.of("/proc", Long.toString(agent.process().pid()), "status");
    Matcher matcher = Pattern.compile("VmRSS:\\s+(\\d+) kB").matcher(Files.readString(status));
    assertThat(matcher.find()).isTrue();
    return Long.parseLong(matcher.group(1)) << 10;
  }

  /** Frames of each kind in turn, and what is known of them. */
  private final class Storm {
    private final Surroundings surroundings;
    private final AgentProcess agent;
    private final List<String> nodes;
    private final Set<ActionId> distinct = new HashSet<>();
    private final Set<ActionId> tooLong = new HashSet<>();
    private final ActionId repeated = new ActionId("repeated");
    private int forged;
    private int garbage;
    private int repetitions;
    private int turn;
    private int sent;

    Storm(Surroundings surroundings, AgentProcess agent) {
      this.surroundings = surroundings;
      this.agent = agent;
      this.nodes =
          surroundings.cluster().list("v1", "Node", "").stream()
              .map(node -> node.at("/metadata/name").stringValue())
              .toList();
      surroundings.backend().push(label(0).withId(repeated.value()));
      repetitions++;
      sent++;
    }

    void send(int frames) {
      while (frames-- > 0) {
        turn++;
        sent++;
        switch (turn % 10) {
          case 0, 1, 2, 3 -> {
            forged++;
            surroundings.backend().pushBadlySigned(label(sent));
          }
          case 4, 5 -> {
            garbage++;
            surroundings
                .backend()
                .pushFrame("{\"type\":\"action_command\",\"envelope\":{\"n\":%d}}".formatted(sent));
          }
          case 6, 7 -> {
            // The backend, too, remembers only so many actions.
            if (surroundings.backend().pushAgain(repeated)) {
              repetitions++;
            } else {
              sent--;
            }
          }
          case 8 -> tooLong.add(surroundings.backend().push(tooLong()));
          default -> distinct.add(surroundings.backend().push(label(sent)));
        }
      }
    }

    private ActionDraft label(int number) {
      return ActionDraft.of(ActionType.LABEL_NODE)
          .with("node_name", nodes.get(number % nodes.size()))
          .with("labels", JsonNodeFactory.instance.objectNode().put("storm", "n" + number));
    }

    private ActionDraft tooLong() {
      ActionDraft draft = label(sent);
      return new ActionDraft(draft.type(), draft.parameters(), false, Duration.ofHours(2), null);
    }

    /** Until every frame was answered or dropped, and every accepted action has its result. */
    void awaitEnd() throws InterruptedException {
      boolean ended =
          surroundings
              .cluster()
              .await(
                  () ->
                      acks.size() + dropped(UNREAD) + dropped(UNSAID) >= sent
                          && accepted().stream().allMatch(results::containsKey),
                  SOON.multipliedBy(2));
      assertThat(ended)
          .as(() ->
              sent
                  + " sent, "
                  + counts()
                  + ", dropped "
                  + dropped(UNREAD)
                  + " and "
                  + dropped(UNSAID))
          .isTrue();
    }

    private Set<ActionId> accepted() {
      Set<ActionId> accepted = new HashSet<>();
      for (ActionAck ack : acks) {
        if (!ack.status().wireName().equals("rejected")) {
          accepted.add(Optional.ofNullable(ack.actionId()).orElseThrow());
        }
      }
      return accepted;
    }

    /** How many frames such a counter of the agent knows. */
    private int dropped(String counter) {
      try {
        Matcher matcher =
            Pattern.compile("(?m)^" + counter + " ([0-9.]+)$")
                .matcher(surroundings.get(agent, "/metrics").body());
        return matcher.find() ? (int) Double.parseDouble(matcher.group(1)) : 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    Map<String, Integer> counts() {
      Map<String, Integer> counts = new TreeMap<>();
      for (ActionAck ack : acks) {
        String name = ack.reason() == null ? ack.status().wireName() : ack.reason();
        counts.merge(name, 1, Integer::sum);
      }
      return counts;
    }

    void checkAcknowledgements() {
      Set<ActionId> claimed = new HashSet<>();
      for (ActionAck ack : acks) {
        String reason = ack.reason() == null ? ack.status().wireName() : ack.reason();
        ActionId id = ack.actionId();
        if (id == null) {
          assertThat(reason).isIn("bad_signature", "malformed");
        } else if (tooLong.contains(id)) {
          assertThat(reason).isIn("ttl_too_long", "capacity");
        } else if (id.equals(repeated)) {
          assertThat(reason).isIn("accepted", "duplicate", "capacity");
        } else {
          assertThat(distinct).contains(id);
          assertThat(reason).isIn("accepted", "capacity");
          if (reason.equals("accepted")) {
            assertThat(claimed.add(id)).as("once").isTrue();
          }
        }
      }
      claimed.add(repeated);
      Map<String, Integer> counts = counts();
      assertThat(counts.getOrDefault("bad_signature", 0)).isBetween(1, forged);
      assertThat(counts.getOrDefault("malformed", 0)).isBetween(1, garbage);
      assertThat(counts.getOrDefault("duplicate", 0)).isBetween(1, repetitions);
      Set<String> journal = new HashSet<>();
      surroundings
          .cluster()
          .list("agent.mloptimizer.com/v1alpha1", "AgentAction", "default")
          .forEach(object -> journal.add(object.at("/metadata/name").stringValue()));
      // An acknowledgement that found no room in the outbox is counted, its action is done.
      assertThat(journal)
          .containsAll(claimed.stream().map(ActionId::value).toList())
          .hasSizeLessThanOrEqualTo(claimed.size() + dropped(UNSAID));
      for (ActionId id : claimed) {
        assertThat(results.get(id).result().outcome()).isIn(Outcome.CHANGED, Outcome.NO_CHANGE);
      }
    }
  }
}
