package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.node.JsonNodeFactory;

/** Makes an {@link ApiAnswer} of a response, of a bounded size. */
final class AnswerReader {

  private static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

  private final ObjectReader whole;
  private final int maxBytes;

  AnswerReader(ObjectMapper json, int maxBytes) {
    // "404 page not found" is no JSON, though it begins like a number.
    this.whole = json.reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    this.maxBytes = maxBytes;
  }

  ApiAnswer read(Response response) throws IOException {
    try (InputStream stream = response.body().byteStream()) {
      byte[] bytes = stream.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw new IOException("the API server's answer is longer than " + maxBytes + " bytes");
      }
      JsonNode body = parse(response, bytes);
      return new ApiAnswer(response.code(), body, retryAfter(response.header("Retry-After"), body));
    }
  }

  /** An answer of a Status object that came inside a stream. */
  static ApiAnswer ofStatus(JsonNode status) {
    return new ApiAnswer(status.path("code").asInt(500), status, retryAfter(null, status));
  }

  private JsonNode parse(Response response, byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return JsonNodeFactory.instance.missingNode();
    }
    try {
      return whole.readTree(bytes);
    } catch (JacksonException e) {
      if (response.isSuccessful() && !isPlainText(response)) {
        throw new IOException("the API server's answer is not JSON: " + e.getOriginalMessage(), e);
      }
      return JsonNodeFactory.instance.stringNode(new String(bytes, StandardCharsets.UTF_8));
    }
  }

  private static boolean isPlainText(Response response) {
    String type = response.header("Content-Type");
    return type != null && type.startsWith("text/plain");
  }

  private static Optional<Duration> retryAfter(@Nullable String header, JsonNode body) {
    long seconds = body.path("details").path("retryAfterSeconds").asLong(0);
    if (header != null) {
      try {
        seconds = Long.parseLong(header.strip());
      } catch (NumberFormatException e) {
        // A date, which API servers don't send: the body's value, if any, stands.
        seconds = Math.max(seconds, 0);
      }
    }
    return seconds > 0
        ? Optional.of(Duration.ofSeconds(Math.min(seconds, MAX_RETRY_AFTER.toSeconds())))
        : Optional.empty();
  }
}
