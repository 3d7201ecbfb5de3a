package com.mloptimizer.agent.core.kubernetes;

import com.mloptimizer.agent.core.protocol.OneLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What the API server said. A failure's body is usually a {@code Status} object, whose fields the
 * methods below read; a body that is no JSON is a string node.
 *
 * @param statusCode the HTTP status
 * @param body the body; a missing node if there was none
 * @param retryAfter when the server asked to come again, from its header or the Status' details
 */
public record ApiAnswer(int statusCode, JsonNode body, Optional<Duration> retryAfter) {

  private static final int MAX_MESSAGE = 500;

  /** One of a Status' causes: why exactly, and which field it is about. */
  public record Cause(String reason, String message, String field) {}

  /** Whether the status is a 2xx. */
  public boolean isSuccess() {
    return statusCode >= 200 && statusCode < 300;
  }

  /**
   * The Status' machine-readable reason, such as {@code NotFound} or {@code Expired}; may be empty.
   */
  public String reason() {
    return body.path("reason").asString("");
  }

  /**
   * What went wrong, for people, in a line: the Status' message, or the start of whatever came
   * instead.
   */
  public String message() {
    String text =
        body.isString() ? body.asString() : body.path("message").asString("HTTP " + statusCode);
    String line = OneLine.of(text).strip();
    if (line.isEmpty()) {
      return "HTTP " + statusCode;
    }
    return line.length() <= MAX_MESSAGE ? line : line.substring(0, MAX_MESSAGE) + "…";
  }

  /** The Status' causes, such as {@code DisruptionBudget}; empty if there are none. */
  public List<Cause> causes() {
    List<Cause> causes = new ArrayList<>();
    for (JsonNode cause : body.path("details").path("causes")) {
      causes.add(
          new Cause(
              cause.path("reason").asString(""),
              cause.path("message").asString(""),
              cause.path("field").asString("")));
    }
    return List.copyOf(causes);
  }

  /** Whether a cause with this reason is among them. */
  public boolean hasCause(String reason) {
    return causes().stream().anyMatch(cause -> cause.reason().equals(reason));
  }

  /** Status and message in a line: {@code 404 NotFound: pods "web-1" not found}. */
  public String summary() {
    String reason = OneLine.of(reason());
    return reason.isEmpty()
        ? statusCode + ": " + message()
        : statusCode + " " + reason + ": " + message();
  }
}
