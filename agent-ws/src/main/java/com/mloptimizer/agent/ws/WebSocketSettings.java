package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.protocol.AgentIdentity;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Where the WebSocket goes, and its limits; those of {@link #standard} are the protocol's.
 *
 * @param url {@code ws} or {@code wss}, with whatever path and query the backend wants
 * @param handshakeTimeout for name resolution, TCP, TLS and upgrade together
 * @param pingInterval between two protocol pings
 * @param silenceLimit a connection that brings nothing for so long is dead
 * @param writeTimeout a peer that reads nothing for so long is given up
 * @param closeTimeout how long the peer has to answer a close
 * @param stableAfter a connection that lasted so long makes earlier failures forgotten
 * @param unauthorizedDelay before the next attempt after 401 or 403
 * @param maxMessageBytes of a message, whatever it declares
 * @param maxFragments of a message
 * @param inboundCapacity the most frames that wait to be handled
 */
public record WebSocketSettings(
    URI url,
    Duration handshakeTimeout,
    Duration pingInterval,
    Duration silenceLimit,
    Duration writeTimeout,
    Duration closeTimeout,
    Duration stableAfter,
    Duration unauthorizedDelay,
    int maxMessageBytes,
    int maxFragments,
    int inboundCapacity) {

  /**
   * @throws IllegalArgumentException if the URL is not an absolute one of a WebSocket
   */
  public WebSocketSettings {
    if (url.getHost() == null || !("ws".equals(url.getScheme()) || "wss".equals(url.getScheme()))) {
      throw new IllegalArgumentException("not a ws:// or wss:// URL with a host: " + url);
    }
  }

  /** The protocol's limits (section 2). */
  public static WebSocketSettings standard(URI url) {
    return new WebSocketSettings(
        url,
        Duration.ofSeconds(10),
        Duration.ofSeconds(15),
        Duration.ofSeconds(45),
        Duration.ofSeconds(10),
        Duration.ofSeconds(2),
        Duration.ofSeconds(60),
        Duration.ofSeconds(60),
        256 * 1024,
        64,
        256);
  }

  /** The URL with the query that says who connects. */
  URI endpoint(AgentIdentity identity) {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : url.getRawQuery() + "&";
    return URI.create(
        url.getScheme()
            + "://"
            + url.getRawAuthority()
            + path
            + "?"
            + query
            + "cluster_id="
            + encode(identity.clusterId())
            + "&agent_id="
            + encode(identity.agentId()));
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
