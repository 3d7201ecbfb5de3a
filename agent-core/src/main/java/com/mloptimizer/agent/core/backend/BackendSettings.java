package com.mloptimizer.agent.core.backend;

import java.net.URI;
import java.time.Duration;

/**
 * Where the backend is and how long a call to it may take.
 *
 * @param url without {@code /api/v1}
 * @param agentVersion for the {@code User-Agent} header
 * @param connectTimeout until a connection stands, TLS included
 * @param readTimeout between two bytes of an answer
 * @param writeTimeout between two bytes of a request
 * @param callTimeout for the whole call; no call blocks for longer
 * @param circuitOpen how long no call is made once most of them fail
 */
public record BackendSettings(
    URI url,
    String agentVersion,
    Duration connectTimeout,
    Duration readTimeout,
    Duration writeTimeout,
    Duration callTimeout,
    Duration circuitOpen) {

  /** The usual times: a call ends within 15 s, less than a stopping agent is granted. */
  public static BackendSettings of(URI url, String agentVersion) {
    return new BackendSettings(
        url,
        agentVersion,
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        Duration.ofSeconds(15),
        Duration.ofSeconds(5));
  }

  /** The same with another limit for the whole call. */
  public BackendSettings withCallTimeout(Duration timeout) {
    return new BackendSettings(
        url, agentVersion, connectTimeout, readTimeout, writeTimeout, timeout, circuitOpen);
  }
}
