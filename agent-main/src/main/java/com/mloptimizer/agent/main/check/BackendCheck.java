package com.mloptimizer.agent.main.check;

import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.backend.ApiKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
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
  private final ApiKey key;
  private final InstantSource clock;

  /** Checks this backend. */
  public BackendCheck(URI backendUrl, URI webSocketUrl, ApiKey key, InstantSource clock) {
    this.backendUrl = backendUrl;
    this.webSocketUrl = webSocketUrl;
    this.key = key;
    this.clock = clock;
  }

  /** Everything. */
  public List<Finding> findings() throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    // A GET where only POST does something: registers nothing and takes no action from the queue.
    URI uri = URI.create(backendUrl + "/api/v1/agents/register");
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
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
      findings.add(Finding.missing("backend", "cannot reach " + backendUrl + ": " + e));
    }
    findings.add(webSocket());
    return findings;
  }

  private Finding reachable(int status) {
    if (status == 401 || status == 403) {
      return Finding.missing("backend", "does not accept the API key (" + status + ")");
    }
    return status >= 500
        ? Finding.missing("backend", backendUrl + " answers " + status)
        : Finding.ok("backend", "reached at " + backendUrl);
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
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(webSocketUrl.getHost(), port), (int) TIMEOUT.toMillis());
      return Finding.ok("websocket", "port reached at " + webSocketUrl);
    } catch (IOException e) {
      return Finding.missing("websocket", "cannot reach " + webSocketUrl + ": " + e.getMessage());
    }
  }
}
