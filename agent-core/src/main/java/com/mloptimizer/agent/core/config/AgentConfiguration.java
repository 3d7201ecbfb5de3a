package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.tls.TlsSettings;
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
 * @param tls the files for TLS with the backend
 * @param clusterId this cluster
 * @param agentId this agent
 * @param tunables what the backend may change later, as configured locally
 * @param httpPort port of the health server; 0 takes any
 * @param logFormat how log lines look
 * @param dryRun whether every action is planned only
 * @param maxActionTtl the longest validity of an action
 * @param actionParallelism how many targets actions work on at once
 * @param actionRetention how long an ended action stays in the journal
 * @param spoolDirectory where metrics wait
 * @param podName the agent's own pod, if it runs in one
 * @param podNamespace the agent's own namespace, if it was told
 * @param leaderElection whether only the holder of the Lease acts
 * @param leaseName the Lease in the agent's namespace
 * @param guardrails what no action may do
 */
public record AgentConfiguration(
    URI backendUrl,
    URI backendWsUrl,
    ApiKey apiKey,
    SigningKeys signingKeys,
    TlsSettings tls,
    String clusterId,
    String agentId,
    TunableSettings tunables,
    int httpPort,
    LogFormat logFormat,
    boolean dryRun,
    Duration maxActionTtl,
    int actionParallelism,
    Duration actionRetention,
    Path spoolDirectory,
    @Nullable String podName,
    @Nullable String podNamespace,
    boolean leaderElection,
    String leaseName,
    GuardrailConfiguration guardrails) {

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
