package com.mloptimizer.agent.core.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one process, checked as a whole.
 *
 * @param backendUrl base of the backend's HTTP calls, without a slash at its end
 * @param backendWsUrl address of the backend's WebSocket
 * @param apiKey either the key or the file that it is read from
 * @param signingKeys either one key or the folder that keys are read from
 * @param clusterId this cluster
 * @param agentId this agent
 * @param tunables what the backend may change later, as configured locally
 * @param httpPort port of the health server; 0 takes any
 * @param logFormat how log lines look
 * @param dryRun whether every action is planned only
 * @param maxActionTtl the longest validity of an action
 * @param spoolDirectory where metrics wait
 * @param podName the agent's own pod, if it runs in one
 * @param podNamespace the agent's own namespace, if it was told
 */
public record AgentConfiguration(
    URI backendUrl,
    URI backendWsUrl,
    ApiKey apiKey,
    SigningKeys signingKeys,
    String clusterId,
    String agentId,
    TunableSettings tunables,
    int httpPort,
    LogFormat logFormat,
    boolean dryRun,
    Duration maxActionTtl,
    Path spoolDirectory,
    @Nullable String podName,
    @Nullable String podNamespace) {

  /** Where the API key comes from. */
  public sealed interface ApiKey {

    /** Given as it is. */
    record Fixed(Secret key) implements ApiKey {}

    /** The content of a file, without the white space around it. */
    record FromFile(Path file) implements ApiKey {}
  }

  /** Where the keys that verify actions come from. */
  public sealed interface SigningKeys {

    /** One key, its UTF-8 bytes. */
    record Fixed(Secret key) implements SigningKeys {}

    /** One key a file. */
    record FromDirectory(Path directory) implements SigningKeys {}
  }

  /** How log lines look. */
  public enum LogFormat {
    TEXT,
    JSON
  }
}
