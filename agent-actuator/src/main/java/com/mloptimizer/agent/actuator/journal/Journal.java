package com.mloptimizer.agent.actuator.journal;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code agentactions} of one namespace. Every call is one or two requests to the API server
 * and throws {@link IOException} if the server cannot be reached or does not do what it was asked.
 * Safe for use by several threads.
 */
public final class Journal {
  /** The API group of the journal. */
  public static final String GROUP = "agent.mloptimizer.com";

  /** Its version. */
  public static final String VERSION = "v1alpha1";

  private static final String PAGE = "100";
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;

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
  public Claim claim(Action action, ReceivedEnvelope envelope, Source source) throws IOException {
    ApiAnswer answer =
        kubernetes.send(ApiRequest.post(collection, format.object(action, envelope, source)));
    if (answer.isSuccess()) {
      return new Claim.Claimed(format.entry(answer.body()));
    }
    if (answer.statusCode() != CONFLICT) {
      boolean permanent = answer.statusCode() == NOT_FOUND || answer.statusCode() == 403;
      return new Claim.Unavailable(explain(answer), permanent);
    }
    ApiAnswer existing = kubernetes.send(ApiRequest.get(collection.name(action.id().value())));
    if (!existing.isSuccess()) {
      return new Claim.Unavailable(explain(existing), false);
    }
    return format.isSamePayload(existing.body(), envelope)
        ? new Claim.Duplicate(format.entry(existing.body()))
        : new Claim.Conflict();
  }

  /** Everything in the journal, in the order in which it was claimed. */
  public List<JournalEntry> entries() throws IOException {
    List<JournalEntry> entries = new ArrayList<>();
    @Nullable String next = "";
    while (next != null) {
      ApiRequest page = ApiRequest.get(collection).query("limit", PAGE);
      JsonNode list = sendChecked(next.isEmpty() ? page : page.query("continue", next)).body();
      for (JsonNode item : list.path("items")) {
        entries.add(format.entry(item));
      }
      String token = list.path("metadata").path("continue").asString("");
      next = token.isEmpty() ? null : token;
    }
    entries.sort(Comparator.comparing(JournalEntry::claimedAt));
    return entries;
  }

  /** Somebody starts to work on the action, for the how manieth time. */
  public void running(ActionId id, int attempts, Instant startedAt) throws IOException {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("phase", Phase.RUNNING.label());
    status.put("attempts", attempts);
    status.put("startedAt", startedAt.toString());
    patchStatus(id, status);
  }

  /** The action has ended, and the backend does not know yet. */
  public void finished(ActionId id, ActionResult result) throws IOException {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("phase", Phase.FINISHED.label());
    status.put("attempts", result.attempts());
    status.put("finishedAt", result.finishedAt().toString());
    status.put("outcome", result.outcome().wireName());
    status.set("result", format.result(result));
    status.put("reported", false);
    patchStatus(id, status);
  }

  /** The backend has the result. */
  public void reported(ActionId id) throws IOException {
    patchStatus(id, JsonNodeFactory.instance.objectNode().put("reported", true));
  }

  /** Forgets an action; one that is forgotten already is no error. */
  public void delete(ActionId id) throws IOException {
    ApiAnswer answer = kubernetes.send(ApiRequest.delete(collection.name(id.value())));
    if (!answer.isSuccess() && answer.statusCode() != NOT_FOUND) {
      throw new IOException("journal: " + answer.summary());
    }
  }

  private void patchStatus(ActionId id, ObjectNode status) throws IOException {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.set("status", status);
    sendChecked(ApiRequest.mergePatch(collection.name(id.value()).subresource("status"), patch));
  }

  private ApiAnswer sendChecked(ApiRequest request) throws IOException {
    ApiAnswer answer = kubernetes.send(request);
    if (!answer.isSuccess()) {
      throw new IOException("journal: " + explain(answer));
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
