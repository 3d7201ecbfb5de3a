package com.mloptimizer.agent.core.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every variable that configures the agent. Each is an environment variable of that name, a flag
 * ({@code --backend-url}) and a key of the configuration file ({@code backend_url}); a flag goes
 * before the environment, the environment before the file.
 */
public enum Variable {
  BACKEND_URL("URL", null, "Backend's HTTP address, without /api/v1 (required)"),
  BACKEND_WS_URL("URL", null, "Backend's WebSocket address (required)"),
  API_KEY("KEY", null, "Authenticates the agent to the backend (this or API_KEY_FILE is required)"),
  API_KEY_FILE("FILE", null, "File with the API key; read again when the backend refuses it"),
  SECRET_KEY(
      "KEY", null, "Verifies actions, 32 bytes or more (this or SECRET_KEY_DIR is required)"),
  SECRET_KEY_DIR("DIR", null, "Folder of keys, one a file named by its keyid; read every 10 s"),
  CA_BUNDLE_FILE("FILE", null, "Certificate authorities (PEM) trusted besides the system's"),
  CLIENT_CERTIFICATE_FILE("FILE", null, "Client certificate (PEM) for a backend that asks for one"),
  CLIENT_KEY_FILE("FILE", null, "Private key (PEM, not encrypted) of the client certificate"),
  CLUSTER_ID("ID", null, "This cluster's name at the backend (required)"),
  AGENT_ID("ID", null, "This agent's name at the backend (default: the pod's name, or generated)"),
  COLLECTION_INTERVAL("SECONDS", "60", "Between two collections of metrics"),
  ACTION_POLL_INTERVAL("SECONDS", "10", "Between two polls for actions"),
  HEARTBEAT_INTERVAL("SECONDS", "30", "Between two heartbeats"),
  BATCH_SIZE("RECORDS", "100", "Most records in one batch of metrics"),
  HTTP_PORT(
      "PORT", "8080", "Serves the status page, /healthz, /readyz, /metrics; 0 takes any free port"),
  LOG_LEVEL("LEVEL", "INFO", "DEBUG, INFO, WARN or ERROR"),
  LOG_FORMAT("FORMAT", "text", "text or json"),
  DRY_RUN("BOOLEAN", "false", "Plan every action, change nothing"),
  MAX_ACTION_TTL("SECONDS", "3600", "Longest validity of an action that is accepted"),
  ACTION_PARALLELISM("TARGETS", "4", "Targets that actions work on at once"),
  ACTION_RETENTION("SECONDS", "86400", "How long an ended action stays in the journal"),
  SPOOL_DIR("DIR", null, "Metrics wait here for the backend (default: below java.io.tmpdir)"),
  POD_NAME("NAME", null, "The agent's own pod, from the downward API"),
  POD_NAMESPACE(
      "NAME",
      null,
      "The agent's own namespace, where it keeps its journal (default: the context's)"),
  LEADER_ELECTION("BOOLEAN", "true", "Of several replicas, only the one that holds the Lease acts"),
  LEASE_NAME("NAME", "kubernetes-agent", "The Lease that the replicas share, in the own namespace"),
  GUARDRAILS_FILE(
      "FILE", null, "YAML file with the settings below in lower case, and freeze_schedules"),
  ALLOWED_ACTIONS("TYPES", "all", "Types of action to carry out, comma-separated, or none"),
  PROTECTED_NAMESPACES(
      "NAMES",
      "kube-system",
      "Namespaces whose objects no action touches, comma-separated, or none"),
  PROTECTED_SELECTOR("SELECTOR", null, "Label selector of objects that no action touches"),
  MAX_CONCURRENT_DRAINS("DRAINS", "1", "Most drains at once; others wait"),
  MAX_EVICTIONS_PER_MINUTE("PODS", "30", "Most evictions in any minute; others wait"),
  MAX_UNAVAILABLE_NODES(
      "NODES",
      null,
      "Most nodes, or percent of nodes, that actions may leave unavailable (default: no limit)"),
  MAX_REPLICAS("REPLICAS", null, "Most replicas that an action may ask for (default: no limit)");

  private final String placeholder;
  private final @Nullable String defaultValue;
  private final String description;

  Variable(String placeholder, @Nullable String defaultValue, String description) {
    this.placeholder = placeholder;
    this.defaultValue = defaultValue;
    this.description = description;
  }

  /** The flag, for example {@code --backend-url}. */
  public String flag() {
    return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The key in the configuration file, for example {@code backend_url}. */
  public String fileKey() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What stands for the value in a usage text. */
  public String placeholder() {
    return placeholder;
  }

  /** What the value is if nobody says; null if nothing stands in for it. */
  public @Nullable String defaultValue() {
    return defaultValue;
  }

  /** One line for a person. */
  public String description() {
    return description;
  }

  /** Whether it is a local limit on actions, which the guardrails file can set. */
  public boolean isGuardrail() {
    return switch (this) {
      case ALLOWED_ACTIONS,
          PROTECTED_NAMESPACES,
          PROTECTED_SELECTOR,
          MAX_CONCURRENT_DRAINS,
          MAX_EVICTIONS_PER_MINUTE,
          MAX_UNAVAILABLE_NODES,
          MAX_REPLICAS ->
          true;
      default -> false;
    };
  }

  /** Whether it has several values, separated by commas. */
  boolean isList() {
    return this == ALLOWED_ACTIONS || this == PROTECTED_NAMESPACES;
  }

  /** Whether the value must never be shown. */
  public boolean isSecret() {
    return this == API_KEY || this == SECRET_KEY;
  }
}
