package com.mloptimizer.agent.actuator.journal;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code agentactions} of one namespace. Every call but {@link #scan} is one or two requests to
 * the API server; all throw {@link IOException} if the server cannot be reached or does not do what
 * it was asked, and those about one entry {@link JournalRefusedException} if it will not do so a
 * moment later either. Safe for use by several threads.
 */
public final class Journal {
  /** The API group of the journal. */
  public static final String GROUP = "agent.mloptimizer.com";

  /** Its version. */
  public static final String VERSION = "v1alpha1";

  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;

  /** Refusals that may be none a moment later. */
  private static final Set<Integer> TEMPORARY = Set.of(401, 408, CONFLICT, 429);

  /** Too large, and not as the definition or a policy wants it. */
  private static final Set<Integer> UNACCEPTABLE = Set.of(413, 422);

  private final KubernetesClient kubernetes;
  private final ResourcePath collection;
  private final EntryFormat format = new EntryFormat();

  /** The journal in this namespace. */
  public Journal(KubernetesClient kubernetes, String namespace) {
    this.kubernetes = kubernetes;
    this.collection = ResourcePath.group(GROUP, VERSION, "agentactions").namespace(namespace);
  }

  /** Whether the custom resource is there and may be listed; otherwise what is missing. */
  public Optional<String> missing() throws IOException {
    ApiAnswer answer = kubernetes.send(ApiRequest.get(collection).query("limit", "1"));
    return answer.isSuccess() ? Optional.empty() : Optional.of(explain(answer));
  }

  /** Claims an action: whoever creates its object carries it out. */
  public Claim claim(Action action, ReceivedEnvelope envelope, Source source, Instant receivedAt)
      throws IOException {
    ObjectNode object = format.object(action, envelope, source, receivedAt);
    ApiAnswer answer = kubernetes.send(ApiRequest.post(collection, object).metadataOnly());
    if (answer.isSuccess()) {
      object.set("metadata", answer.body().path("metadata"));
      return new Claim.Claimed(entry(object));
    }
    if (answer.statusCode() != CONFLICT) {
      return unavailable(answer);
    }
    Claim existing = lookUp(action.id(), envelope);
    return existing instanceof Claim.Absent
        ? new Claim.Unavailable("the AgentAction was deleted meanwhile", Claim.Trouble.PASSING)
        : existing;
  }

  /** Whether the envelope, or another one, was accepted under this id. */
  public Claim lookUp(ActionId id, ReceivedEnvelope envelope) throws IOException {
    ApiAnswer existing = kubernetes.send(ApiRequest.get(path(id)));
    if (existing.statusCode() == NOT_FOUND) {
      return new Claim.Absent();
    }
    if (!existing.isSuccess()) {
      return unavailable(existing);
    }
    return format.isSamePayload(existing.body(), envelope)
        ? new Claim.Duplicate(entry(existing.body()))
        : new Claim.Conflict();
  }

  /**
   * Goes through everything in the journal, in no order of use; one object is in memory at a time.
   */
  public void scan(Consumer<JournalObject> visitor) throws IOException {
    ListOutcome outcome =
        kubernetes.list(collection, ListOptions.all(), this::journalObject, visitor);
    if (outcome instanceof ListOutcome.Refused(ApiAnswer answer)) {
      throw new IOException("journal: " + explain(answer));
    }
  }

  /** What the journal knows of that action now. */
  public Optional<JournalEntry> find(ActionId id) throws IOException {
    ApiAnswer answer = kubernetes.send(ApiRequest.get(path(id)));
    if (answer.statusCode() == NOT_FOUND) {
      return Optional.empty();
    }
    return format.entry(checked(answer).body());
  }

  /**
   * Somebody starts to work on the action, for the how manieth time.
   *
   * @return the entry as it is now; empty if somebody has deleted it
   */
  public Optional<JournalEntry> running(JournalEntry entry, int attempts, Instant startedAt)
      throws IOException {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("phase", Phase.RUNNING.label());
    status.put("attempts", attempts);
    status.put("startedAt", startedAt.toString());
    return entry(replaceStatus(entry, status));
  }

  /** The action is to end early, whoever works on it. */
  public void cancelled(ActionId id, ActionId by) throws IOException {
    patchStatus(id, JsonNodeFactory.instance.objectNode().put("cancelledBy", by.value()));
  }

  /**
   * Merges into what the action keeps for its next attempt.
   *
   * @param patch what is new, as RFC 7386 says
   * @return the entry as it is now; empty if somebody has deleted it
   */
  public Optional<JournalEntry> progress(ActionId id, ObjectNode patch) throws IOException {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.set("progress", patch);
    return entry(patchStatus(id, status));
  }

  /**
   * The action has ended, and the backend does not know yet.
   *
   * @return false if somebody has deleted the entry
   */
  public boolean finished(JournalEntry entry, ActionResult result) throws IOException {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("phase", Phase.FINISHED.label());
    status.put("attempts", result.attempts());
    status.put("finishedAt", result.finishedAt().toString());
    status.put("outcome", result.outcome().wireName());
    status.set("result", format.result(result));
    status.put("reported", false);
    status.putNull("progress"); // No attempt follows, and the result has it all.
    return replaceStatus(entry, status).isPresent();
  }

  /** The backend has the result. */
  public void reported(ActionId id) throws IOException {
    patchStatus(id, JsonNodeFactory.instance.objectNode().put("reported", true));
  }

  /** Deletes an object, unless its name has become another one's; absent is fine. */
  public void delete(String name, String uid) throws IOException {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("apiVersion", "v1").put("kind", "DeleteOptions");
    options.putObject("preconditions").put("uid", uid);
    ApiAnswer answer = kubernetes.send(ApiRequest.delete(collection.name(name), options));
    if (answer.statusCode() != NOT_FOUND && answer.statusCode() != CONFLICT) {
      checked(answer);
    }
  }

  /**
   * Changes the status that was read, which costs the API server less than a patch; if somebody has
   * written since, what that has become.
   */
  private Optional<JsonNode> replaceStatus(JournalEntry entry, ObjectNode changes)
      throws IOException {
    ApiAnswer answer = putStatus(entry, changes);
    if (answer.statusCode() == CONFLICT) {
      Optional<JournalEntry> now = find(entry.id());
      if (now.isEmpty() || !now.get().uid().equals(entry.uid())) {
        return Optional.empty();
      }
      answer = putStatus(now.get(), changes);
    }
    return written(answer);
  }

  private ApiAnswer putStatus(JournalEntry entry, ObjectNode changes) throws IOException {
    return kubernetes.send(
        ApiRequest.put(statusPath(entry.id()), format.replacement(entry, changes)));
  }

  private Optional<JsonNode> patchStatus(ActionId id, ObjectNode changes) throws IOException {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.set("status", changes);
    return written(kubernetes.send(ApiRequest.mergePatch(statusPath(id), patch)));
  }

  /** The object as it is now; empty if somebody has deleted it. */
  private static Optional<JsonNode> written(ApiAnswer answer) throws IOException {
    return answer.statusCode() == NOT_FOUND
        ? Optional.empty()
        : Optional.of(checked(answer).body());
  }

  private ResourcePath statusPath(ActionId id) {
    return path(id).subresource("status");
  }

  private JournalObject journalObject(JsonParser parser) {
    JsonNode object = parser.readValueAsTree();
    return format
        .entry(object)
        .<JournalObject>map(JournalObject.Entry::new)
        .orElseGet(() -> format.stranger(object));
  }

  private Optional<JournalEntry> entry(Optional<JsonNode> object) throws IOException {
    return object.isEmpty() ? Optional.empty() : Optional.of(entry(object.get()));
  }

  /** An entry of an object that was asked for by its action's id. */
  private JournalEntry entry(JsonNode object) throws IOException {
    return format
        .entry(object)
        .orElseThrow(() -> new IOException("journal: the API server answered another object"));
  }

  private static Claim unavailable(ApiAnswer answer) {
    return new Claim.Unavailable(explain(answer), trouble(answer.statusCode()));
  }

  private static Claim.Trouble trouble(int statusCode) {
    if (UNACCEPTABLE.contains(statusCode)) {
      return Claim.Trouble.OBJECT;
    }
    return statusCode >= 500 || TEMPORARY.contains(statusCode)
        ? Claim.Trouble.PASSING
        : Claim.Trouble.LASTING;
  }

  private ResourcePath path(ActionId id) {
    return collection.name(id.value());
  }

  private static ApiAnswer checked(ApiAnswer answer) throws IOException {
    if (!answer.isSuccess()) {
      String message = "journal: " + explain(answer);
      throw trouble(answer.statusCode()) == Claim.Trouble.PASSING
          ? new IOException(message)
          : new JournalRefusedException(message);
    }
    return answer;
  }

  private static String explain(ApiAnswer answer) {
    return answer.statusCode() == NOT_FOUND
            && answer.body().path("details").path("name").isMissingNode()
        ? "the custom resource AgentAction is not installed:"
            + " kubectl apply -f charts/kubernetes-agent/crds/"
        : answer.summary();
  }
}
