package com.mloptimizer.agent.main.check;

import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.tls.TlsContext;
import com.mloptimizer.agent.main.support.Unreachable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at the backend: does it answer, does it know the key, and what time is it there. */
public final class BackendCheck {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final URI backendUrl;
  private final URI webSocketUrl;
  private final String clusterId;
  private final String agentId;
  private final ApiKey key;
  private final ProxyEnvironment proxies;
  private final TlsContext tls;
  private final InstantSource clock;

  /** Checks this backend. */
  public BackendCheck(
      URI backendUrl,
      URI webSocketUrl,
      String clusterId,
      String agentId,
      ApiKey key,
      ProxyEnvironment proxies,
      TlsContext tls,
      InstantSource clock) {
    this.backendUrl = backendUrl;
    this.webSocketUrl = webSocketUrl;
    this.clusterId = clusterId;
    this.agentId = agentId;
    this.key = key;
    this.proxies = proxies;
    this.tls = tls;
    this.clock = clock;
  }

  /** Everything. */
  public List<Finding> findings() throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    // The one call of the protocol that only reads; of no actions, so that none is handed out.
    // Another path might be answered with 404 or 405 before anybody looks at the key.
    URI uri =
        URI.create(
            backendUrl
                + "/api/v1/actions/poll?cluster_id=%s&agent_id=%s&max=0"
                    .formatted(encoded(clusterId), encoded(agentId)));
    try (HttpClient http =
        HttpClient.newBuilder()
            .connectTimeout(TIMEOUT)
            .proxy(proxies.selector())
            .sslContext(tls.sslContext())
            .build()) {
      HttpResponse<Void> answer =
          http.send(
              HttpRequest.newBuilder(uri)
                  .timeout(TIMEOUT)
                  .header("Authorization", key.toAuthorizationHeader())
                  .header("X-Agent-Protocol", "1")
                  .build(),
              HttpResponse.BodyHandlers.discarding());
      findings.add(reachable(answer.statusCode()));
      findings.add(clock(answer.headers().firstValue("Date")));
    } catch (IOException e) {
      findings.add(
          Finding.missing("backend", "cannot reach " + backendUrl + ": " + Unreachable.reason(e)));
    }
    findings.add(webSocket());
    return findings;
  }

  private Finding reachable(int status) {
    return switch (status) {
      case 200, 204 -> Finding.ok("backend", "reached at " + backendUrl + ", accepts the API key");
      case 401, 403 -> Finding.missing("backend", "does not accept the API key (" + status + ")");
      // It knows the call and the key, and would have one ask for more.
      case 400, 422 -> Finding.ok("backend", "reached at " + backendUrl);
      default ->
          Finding.missing(
              "backend",
              "%s answers %d to a poll for actions: is BACKEND_URL right?"
                  .formatted(backendUrl, status));
    };
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private Finding clock(Optional<String> date) {
    try {
      Instant there =
          ZonedDateTime.parse(date.orElse(""), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration offset = Duration.between(there, clock.instant());
      return offset.abs().compareTo(ActionParser.CLOCK_SKEW) < 0
          ? Finding.ok("clock", "offset to the backend " + offset.toSeconds() + " s")
          : Finding.missing(
              "clock",
              "%d s off the backend's: actions would be refused; synchronize by NTP"
                  .formatted(offset.toSeconds()));
    } catch (DateTimeParseException e) {
      return Finding.ok("clock", "unknown offset: the backend sends no Date header");
    }
  }

  private Finding webSocket() {
    boolean secure = "wss".equals(webSocketUrl.getScheme());
    int port = webSocketUrl.getPort() >= 0 ? webSocketUrl.getPort() : secure ? 443 : 80;
    InetSocketAddress next =
        proxies.proxyFor(webSocketUrl).address() instanceof InetSocketAddress proxy
            ? new InetSocketAddress(proxy.getHostString(), proxy.getPort())
            : new InetSocketAddress(webSocketUrl.getHost(), port);
    try (Socket socket = new Socket()) {
      socket.connect(next, (int) TIMEOUT.toMillis());
      return Finding.ok("websocket", "port reached at " + webSocketUrl);
    } catch (IOException e) {
      return Finding.missing(
          "websocket", "cannot reach " + webSocketUrl + ": " + Unreachable.reason(e));
    }
  }
}
