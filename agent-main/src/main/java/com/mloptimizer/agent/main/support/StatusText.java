package com.mloptimizer.agent.main.support;

import com.mloptimizer.agent.core.protocol.OneLine;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** What the status page shows, as text; written from the JSON of whichever version answers. */
public final class StatusText {
  private final JsonNode status;

  /** The text of this status. */
  public StatusText(JsonNode status) {
    this.status = status;
  }

  @Override
  public String toString() {
    return facts()
        + missing()
        + "\n"
        + components()
        + "\n"
        + flow()
        + "\nACTIONS, the last ones of this process\n"
        + actions()
        + "\nPERMISSIONS\n"
        + permissions()
        + "\nCONFIGURATION in force\n"
        + settings();
  }

  private Table facts() {
    Table facts = new Table();
    for (String name :
        new String[] {
          "state",
          "version",
          "cluster_id",
          "agent_id",
          "kubernetes_version",
          "uptime_seconds",
          "leader",
          "dry_run",
          "signing_keys",
          "ready"
        }) {
      facts.row(name, text(status.path(name)));
    }
    return facts;
  }

  private String missing() {
    return StreamSupport.stream(status.path("missing").spliterator(), false)
        .map(missing -> "missing: " + text(missing) + "\n")
        .collect(Collectors.joining());
  }

  private Table components() {
    Table components = new Table().row("COMPONENT", "HEALTH", "RESTARTS", "LAST SUCCESS", "ERROR");
    for (Map.Entry<String, JsonNode> component : status.path("components").properties()) {
      JsonNode value = component.getValue();
      components.row(
          OneLine.of(component.getKey()),
          health(value),
          text(value.path("restarts")),
          hasSucceeded(value) ? text(value.path("last_success_at")) : "never",
          value.has("error") ? text(value.path("error")) : "");
    }
    return components;
  }

  /** One that neither failed nor did anything yet has not begun, or waits for its turn. */
  private static String health(JsonNode component) {
    if (!component.path("healthy").asBoolean(false)) {
      return "unhealthy";
    }
    return hasSucceeded(component) ? "healthy" : "idle";
  }

  private static boolean hasSucceeded(JsonNode component) {
    return component.path("last_success_at").isString();
  }

  private Table flow() {
    JsonNode connection = status.path("connection");
    JsonNode collection = status.path("collection");
    Table flow = new Table();
    flow.row("websocket", connection.path("websocket").asBoolean(false) ? "connected" : "down");
    flow.row(
        "heartbeat taken",
        hasSucceeded(status.path("components").path("heartbeat"))
            ? text(connection.path("heartbeat_age_seconds")) + " s ago"
            : "never");
    flow.row("frames waiting", text(connection.path("waiting_frames")));
    flow.row(
        "collected",
        collection.path("records").properties().stream()
            .map(type -> text(type.getValue()) + " " + OneLine.of(type.getKey()) + "s")
            .collect(Collectors.joining(", ")));
    flow.row("delivered", text(collection.path("records_per_second")) + " records/s");
    flow.row("spool", text(status.path("spool").path("bytes")) + " bytes");
    flow.row("batches lost", text(status.path("spool").path("batches_dropped")));
    JsonNode config = status.path("config");
    flow.row(
        "remote config",
        text(config.path("version"))
            + " "
            + text(config.path("status"))
            + " "
            + (config.path("error").isString() ? text(config.path("error")) : ""));
    return flow;
  }

  private String actions() {
    if (status.path("actions").isEmpty()) {
      return "none\n";
    }
    Table actions =
        new Table().row("ENDED", "ID", "TYPE", "TARGET", "OUTCOME", "SECONDS", "MESSAGE");
    for (JsonNode action : status.path("actions")) {
      actions.row(
          text(action.path("finished_at")),
          text(action.path("id")),
          text(action.path("type")),
          text(action.path("target")),
          text(action.path("outcome")),
          text(action.path("duration_seconds")),
          text(action.path("message")));
    }
    return actions.toString();
  }

  private String permissions() {
    JsonNode missing = status.path("missing_permissions");
    if (!missing.isObject()) {
      return "not known yet\n";
    }
    if (missing.isEmpty()) {
      return "complete\n";
    }
    Table permissions = new Table().row("FEATURE", "MISSING");
    for (Map.Entry<String, JsonNode> feature : missing.properties()) {
      for (JsonNode permission : feature.getValue()) {
        permissions.row(OneLine.of(feature.getKey()), text(permission));
      }
    }
    return permissions.toString();
  }

  private Table settings() {
    Table settings = new Table().row("VARIABLE", "VALUE", "FROM");
    for (JsonNode setting : status.path("settings")) {
      settings.row(
          text(setting.path("name")), text(setting.path("value")), text(setting.path("origin")));
    }
    return settings;
  }

  /** Whatever a message holds, it must not draw in the reader's terminal. */
  private static String text(JsonNode value) {
    String text = value.asString("");
    return text.isEmpty() ? "-" : OneLine.of(text);
  }
}
