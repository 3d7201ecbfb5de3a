package com.mloptimizer.agent.sandbox.console;

import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.sandbox.backend.BackendEvent;
import com.mloptimizer.agent.sandbox.backend.ReferenceBackend;
import com.mloptimizer.agent.sandbox.backend.TrackedAction;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The page on a reference backend's port. */
public final class Console {
  private static final int MAX_ACTIONS_SHOWN = 100;

  private final ReferenceBackend backend;
  private final ClusterView cluster;
  private final boolean dryRun;
  private final AgentState agent = new AgentState();
  private final Changes changes = new Changes();
  private final InstantSource clock;

  private Console(
      ReferenceBackend backend, ClusterView cluster, boolean dryRun, InstantSource clock) {
    this.backend = backend;
    this.cluster = cluster;
    this.dryRun = dryRun;
    this.clock = clock;
  }

  /**
   * Serves the page at {@code /} of that backend, for as long as it runs.
   *
   * @param dryRun whether the agent was started with {@code DRY_RUN}, which it does not tell
   */
  public static void serve(ReferenceBackend backend, ClusterView cluster, boolean dryRun) {
    Console console = new Console(backend, cluster, dryRun, InstantSource.system());
    cluster.listen(() -> console.changes.touch(Section.CLUSTER));
    backend.listen(console::heard);
    ProtocolCodec codec = new ProtocolCodec();
    backend.serve("/", new StaticFiles());
    backend.serve(
        "/console/events",
        new EventStream(console.changes, section -> codec.encode(console.state(section))));
    backend.serve("/console/actions", new ActionsEndpoint(backend));
  }

  private void heard(BackendEvent event) {
    switch (event) {
      case BackendEvent.Registered(var request) -> {
        agent.registered(request);
        changes.touch(Section.AGENT);
      }
      case BackendEvent.HeartbeatReceived(var request) -> {
        agent.heartbeat(request, clock.instant());
        changes.touch(Section.AGENT);
      }
      case BackendEvent.Deregistered _ -> {
        agent.deregistered();
        changes.touch(Section.AGENT);
      }
      case BackendEvent.SocketChanged _ -> changes.touch(Section.AGENT);
      case BackendEvent.BatchReceived(var batch) -> {
        agent.batch(batch, clock.instant());
        changes.touch(Section.BATCHES);
        changes.touch(Section.USAGE);
      }
      case BackendEvent.ActionChanged _ -> changes.touch(Section.ACTIONS);
      case BackendEvent.ResultReceived _, BackendEvent.FrameReceived _ -> {}
    }
  }

  private Object state(Section section) {
    return switch (section) {
      case CLUSTER -> cluster.snapshot();
      case USAGE -> agent.usages();
      case AGENT ->
          new AgentBox(
              backend.isConnected(),
              dryRun,
              backend.httpUrl().toString(),
              clock.instant(),
              agent.agent());
      case BATCHES -> agent.batches();
      case ACTIONS ->
          new Actions(
              backend.actions().reversed().stream()
                  .limit(MAX_ACTIONS_SHOWN)
                  .map(ShownAction::of)
                  .toList());
    };
  }

  /** The box about the agent; the time lets the page show ages by this machine's clock. */
  record AgentBox(
      boolean connected, boolean dryRun, String backend, Instant now, AgentState.Agent agent) {}

  /** An action as the page shows it. */
  record ShownAction(
      String id,
      String type,
      Object parameters,
      boolean dryRun,
      String phase,
      String message,
      @Nullable String outcome,
      Instant issuedAt,
      @Nullable Instant acknowledgedAt,
      @Nullable Instant endedAt) {

    static ShownAction of(TrackedAction action) {
      return new ShownAction(
          action.id().value(),
          action.type(),
          action.parameters(),
          action.dryRun(),
          action.phase().wireName(),
          action.message(),
          action.outcome(),
          action.issuedAt(),
          action.acknowledgedAt(),
          action.endedAt());
    }
  }

  /** The latest actions, newest first. */
  record Actions(List<ShownAction> actions) {}
}
