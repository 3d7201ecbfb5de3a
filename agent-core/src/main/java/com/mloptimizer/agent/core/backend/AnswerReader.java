package com.mloptimizer.agent.core.backend;

import com.mloptimizer.agent.core.protocol.OneLine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import okhttp3.Response;
import tools.jackson.core.JacksonException;

/** The table of the protocol's section 1: what an answer means. */
final class AnswerReader {
  private static final int MAX_BODY_BYTES = 1024 * 1024;
  private static final int MAX_EXCERPT = 200;

  private final InstantSource clock;

  AnswerReader(InstantSource clock) {
    this.clock = clock;
  }

  /** Makes the body of a 2xx into what the call promises. */
  @FunctionalInterface
  interface BodyReader<T> {

    /**
     * What the bytes spell.
     *
     * @throws JacksonException if they spell nothing of the kind
     */
    T read(byte[] body);
  }

  /**
   * What the answer means.
   *
   * @throws IOException if its body breaks off
   */
  <T> BackendAnswer<T> read(Call call, Response response, BodyReader<T> reader) throws IOException {
    int status = response.code();
    if (response.isSuccessful()) {
      return call.hasAnswer()
          ? done(response, reader)
          : new BackendAnswer.Done<>(reader.read(new byte[0]));
    }
    if (status == 409 && call.idempotent()) {
      return new BackendAnswer.Done<>(reader.read(new byte[0]));
    }
    return switch (status) {
      case 401, 403 -> new BackendAnswer.Unauthorized<>(status);
      case 408, 429 -> retryLater(response);
      // A proxy's word, not the backend's: nothing is lost for it.
      case 407 -> new BackendAnswer.RetryLater<>("the proxy refuses its credentials (407)", null);
      case 413 -> new BackendAnswer.TooLarge<>();
      default ->
          // No final answer of HTTP is below 200.
          status >= 500 || status < 200
              ? retryLater(response)
              : new BackendAnswer.Refused<>(status, excerpt(response));
    };
  }

  private static <T> BackendAnswer<T> done(Response response, BodyReader<T> reader)
      throws IOException {
    byte[] body = bytes(response, MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      return new BackendAnswer.Refused<>(
          response.code(), "the answer is larger than " + MAX_BODY_BYTES + " bytes");
    }
    try {
      return new BackendAnswer.Done<>(reader.read(body));
    } catch (JacksonException e) {
      return new BackendAnswer.Refused<>(response.code(), "the answer is not what was asked for");
    }
  }

  private <T> BackendAnswer<T> retryLater(Response response) {
    return new BackendAnswer.RetryLater<>(
        "status " + response.code(),
        RetryAfter.parse(HiddenRetryAfter.of(response), clock.instant()));
  }

  private static String excerpt(Response response) throws IOException {
    // Up to four bytes a character.
    String text = new String(bytes(response, 4 * MAX_EXCERPT), StandardCharsets.UTF_8);
    StringBuilder excerpt = new StringBuilder();
    text.codePoints().limit(MAX_EXCERPT).forEach(excerpt::appendCodePoint);
    return OneLine.of(excerpt.toString()).strip();
  }

  /** At most that many bytes after decompression, so that a bomb costs no more. */
  private static byte[] bytes(Response response, int atMost) throws IOException {
    try (InputStream body = response.body().byteStream()) {
      return body.readNBytes(atMost);
    }
  }
}
