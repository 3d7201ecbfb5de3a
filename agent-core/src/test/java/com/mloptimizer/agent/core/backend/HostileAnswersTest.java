package com.mloptimizer.agent.core.backend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.HostileAnswersTest.Outcome.Done;
import com.mloptimizer.agent.core.backend.HostileAnswersTest.Outcome.Refused;
import com.mloptimizer.agent.core.backend.HostileAnswersTest.Outcome.Retried;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import io.prometheus.client.CollectorRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Answers that break the rules of HTTP or of the protocol, one a line, and what a poll makes of
 * each. Whatever comes, the call ends in time with a value, is made once, and a well-behaved answer
 * is understood afterwards.
 */
@Timeout(60)
class HostileAnswersTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(1);
  private static final String GOOD = "{\"actions\":[{\"payload\":\"x\"}]}";
  private static final String PASSWORD = "a-secret-of-the-proxy";

  /** What the client makes of it. */
  sealed interface Outcome {

    /** Envelopes, so many. */
    record Done(int envelopes) implements Outcome {}

    /** To be tried again, no sooner than that. */
    record Retried(@Nullable Duration retryAfter) implements Outcome {}

    /** Not to be tried again. */
    record Refused(int status) implements Outcome {}

    /** The key is not taken. */
    record Unauthorized() implements Outcome {}
  }

  /** What a backend says once it has read the request's head. */
  @FunctionalInterface
  interface Deed {
    void to(Socket client) throws IOException;
  }

  record Case(String name, Deed deed, Outcome outcome) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case says(String name, String answer, Outcome outcome) {
    return new Case(name, client -> write(client, answer.getBytes(ISO_8859_1)), outcome);
  }

  private static Case says(String name, String status, String headers, String body, Outcome out) {
    return says(
        name,
        "HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s"
            .formatted(status, headers, body.length(), body),
        out);
  }

  private static Case retryAfter(String value, @Nullable Duration expected) {
    return says(
        "Retry-After: " + (value.length() < 60 ? value : "long"),
        "503 Busy",
        "Retry-After: " + value + "\r\n",
        "",
        new Retried(expected));
  }

  static List<Case> statuses() {
    return List.of(
        says("good", "200 OK", "", GOOD, new Done(1)),
        says("none", "204 No Content", "", "", new Done(0)),
        says("401", "401 No", "", "", new Outcome.Unauthorized()),
        says("403", "403 No", "", "", new Outcome.Unauthorized()),
        says("404", "404 No", "", "<html>", new Refused(404)),
        says("407 of a proxy", "407 Proxy", "", "", new Retried(null)),
        says("408", "408 Slow", "", "", new Retried(null)),
        says("409 where nothing can conflict", "409 No", "", "", new Refused(409)),
        says("421", "421 Misdirected", "", "", new Refused(421)),
        says("500", "500 Oh", "", "", new Retried(null)),
        says(
            "redirect to another host, key and all",
            "307 Moved",
            "Location: http://127.0.0.1:1/\r\n",
            "",
            new Refused(307)),
        says("redirect with a GET", "303 See", "Location: /else\r\n", "", new Refused(303)),
        says(
            "informational, then good",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            new Done(0)),
        says(
            "a thousand early hints",
            "HTTP/1.1 103 Early\r\n\r\n".repeat(1000)
                + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            new Done(0)),
        says("101 that nobody asked for", "HTTP/1.1 101 Switching\r\n\r\n", new Retried(null)),
        says("status of two digits", "HTTP/1.1 20 OK\r\n\r\n", new Retried(null)),
        says("HTTP/2 in plain text", "HTTP/2 200\r\n\r\n", new Retried(null)),
        says("another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n", new Retried(null)),
        retryAfter("0", Duration.ZERO),
        retryAfter("120", Duration.ofMinutes(2)),
        retryAfter("86400", Duration.ofHours(1)),
        retryAfter("9".repeat(100), Duration.ofHours(1)),
        retryAfter("Thu, 01 Jan 2026 00:02:00 GMT", Duration.ofMinutes(2)),
        retryAfter("Thu, 01 Jan 1970 00:00:00 GMT", Duration.ZERO),
        retryAfter("-1", null),
        retryAfter("1.5", null),
        retryAfter("١٢", null),
        retryAfter("soon", null));
  }

  static List<Case> bodies() {
    return List.of(
        says("no JSON", "200 OK", "", "<html>", new Refused(200)),
        says("half of the JSON", "200 OK", "", GOOD.substring(0, 20), new Refused(200)),
        says("actions twice", "200 OK", "", "{\"actions\":[],\"actions\":[{}]}", new Refused(200)),
        says("trailing text", "200 OK", "", GOOD + "x", new Refused(200)),
        says("actions that are no array", "200 OK", "", "{\"actions\":5}", new Done(0)),
        says(
            "nested 100,000 deep",
            "200 OK",
            "",
            "{\"actions\":" + "[".repeat(100_000),
            new Refused(200)),
        says("not UTF-8", "200 OK", "", "{\"actions\":[\"\u00ff\"]}", new Refused(200)),
        says("larger than 1 MiB", "200 OK", "", GOOD + " ".repeat(1024 * 1024), new Refused(200)),
        says(
            "declares 9 exabytes",
            "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n" + GOOD,
            new Retried(null)),
        says(
            "declares a negative length",
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: -1\r\n\r\n" + GOOD,
            new Done(1)),
        says(
            "declares more than it sends",
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + GOOD,
            new Retried(null)),
        says(
            "chunk of 2^63 - 1",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n" + GOOD,
            new Retried(null)),
        says(
            "chunk with a negative length",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + GOOD,
            new Retried(null)),
        says(
            "chunk that is no number",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n" + GOOD,
            new Retried(null)),
        says(
            "chunks cut off",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"act",
            new Retried(null)),
        says("gzip that is none", "200 OK", "Content-Encoding: gzip\r\n", GOOD, new Retried(null)),
        new Case("gzip", client -> gzip(client, GOOD.getBytes(UTF_8), 0), new Done(1)),
        new Case(
            "gzip cut off", client -> gzip(client, GOOD.getBytes(UTF_8), 12), new Retried(null)),
        new Case(
            "gzip bomb", client -> gzip(client, new byte[64 * 1024 * 1024], 0), new Refused(200)),
        says(
            "deflate, which was not asked for",
            "200 OK",
            "Content-Encoding: deflate\r\n",
            "\u0001",
            new Refused(200)),
        says(
            "error page larger than 1 MiB",
            "400 No",
            "",
            "x".repeat(2 * 1024 * 1024),
            new Refused(400)));
  }

  static List<Case> networks() {
    return List.of(
        new Case("silence", client -> {}, new Retried(null)),
        new Case("hang-up", Socket::close, new Retried(null)),
        new Case("reset", HostileAnswersTest::reset, new Retried(null)),
        new Case("half-close", Socket::shutdownOutput, new Retried(null)),
        new Case("headers without end", HostileAnswersTest::headersWithoutEnd, new Retried(null)),
        new Case("one header without end", HostileAnswersTest::headerWithoutEnd, new Retried(null)),
        new Case(
            "a byte now and then",
            client -> drip(client, "HTTP/1.1 200 OK\r\nX: " + " ".repeat(500)),
            new Retried(null)),
        new Case(
            "a chunk now and then",
            client ->
                drip(
                    client,
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "1\r\n \r\n".repeat(100)),
            new Retried(null)),
        new Case("reset in the body", HostileAnswersTest::resetInBody, new Retried(null)));
  }

  private static void write(Socket client, byte[] bytes) throws IOException {
    client.getOutputStream().write(bytes);
    client.shutdownOutput();
  }

  private static void gzip(Socket client, byte[] body, int missing) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(body);
    }
    byte[] bytes = compressed.toByteArray();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    answer.writeBytes(
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
                + (bytes.length - missing)
                + "\r\n\r\n")
            .getBytes(ISO_8859_1));
    answer.writeBytes(Arrays.copyOf(bytes, bytes.length - missing));
    write(client, answer.toByteArray());
  }

  private static void reset(Socket client) throws IOException {
    client.setSoLinger(true, 0);
    client.close();
  }

  private static void resetInBody(Socket client) throws IOException {
    client
        .getOutputStream()
        .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"actions\"".getBytes(ISO_8859_1));
    reset(client);
  }

  private static void headersWithoutEnd(Socket client) throws IOException {
    OutputStream out = client.getOutputStream();
    out.write("HTTP/1.1 200 OK\r\n".getBytes(ISO_8859_1));
    byte[] more = "X: y\r\n".repeat(1000).getBytes(ISO_8859_1);
    while (true) {
      out.write(more);
    }
  }

  private static void headerWithoutEnd(Socket client) throws IOException {
    OutputStream out = client.getOutputStream();
    out.write("HTTP/1.1 200 OK\r\nX: ".getBytes(ISO_8859_1));
    byte[] more = "y".repeat(8192).getBytes(ISO_8859_1);
    while (true) {
      out.write(more);
    }
  }

  private static void drip(Socket client, String answer) throws IOException {
    OutputStream out = client.getOutputStream();
    for (byte b : answer.getBytes(ISO_8859_1)) {
      out.write(b);
      out.flush();
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"statuses", "bodies", "networks"})
  void poll_answeredSo_endsInTimeAndOnce(Case hostile) throws Exception {
    try (RawServer server = new RawServer(hostile.deed());
        BackendClient client = client(server)) {
      long begin = System.nanoTime();
      BackendAnswer<List<ReceivedEnvelope>> answer = client.poll("c", "a");
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isLessThan(CALL_TIMEOUT.plusSeconds(2));
      assertThat(outcome(answer)).as("%s", answer).isEqualTo(hostile.outcome());
      assertThat(server.requests.get()).isEqualTo(1);

      server.behave();
      BackendAnswer<List<ReceivedEnvelope>> next = client.poll("c", "a");
      if (next instanceof BackendAnswer.RetryLater) {
        // The connection was kept, and nobody was at its other end any more.
        next = client.poll("c", "a");
      }
      assertThat(outcome(next)).isEqualTo(new Done(1));
    }
  }

  private static Outcome outcome(BackendAnswer<List<ReceivedEnvelope>> answer) {
    return switch (answer) {
      case BackendAnswer.Done<List<ReceivedEnvelope>>(var envelopes) -> new Done(envelopes.size());
      case BackendAnswer.RetryLater<List<ReceivedEnvelope>>(var cause, var after) -> {
        assertThat(cause).doesNotContain(PASSWORD);
        yield new Retried(after);
      }
      case BackendAnswer.Refused<List<ReceivedEnvelope>>(int status, var excerpt) -> {
        assertThat(excerpt).hasSizeLessThanOrEqualTo(200);
        yield new Refused(status);
      }
      case BackendAnswer.Unauthorized<List<ReceivedEnvelope>> _ -> new Outcome.Unauthorized();
      case BackendAnswer.TooLarge<List<ReceivedEnvelope>> _ ->
          throw new AssertionError("a poll has no body that could be too large");
    };
  }

  private static BackendClient client(RawServer server) {
    return new BackendClient(
        BackendSettings.of(server.url(), "1.2.3").withCallTimeout(CALL_TIMEOUT),
        ApiKeySource.fixed(ApiKey.of("key-1")),
        ProxyEnvironment.of(Map.of("HTTP_PROXY", "http://user:" + PASSWORD + "@127.0.0.1:1")),
        new BackendMetrics(new CollectorRegistry()),
        InstantSource.fixed(NOW));
  }

  /** Nothing but bytes; every connection carries one request. */
  private static final class RawServer implements AutoCloseable {
    private final ServerSocket listening =
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Deed deed;

    RawServer(Deed deed) throws IOException {
      this.deed = deed;
      Thread.ofVirtual().start(this::accept);
    }

    URI url() {
      return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    void behave() {
      deed =
          client ->
              write(
                  client,
                  ("HTTP/1.1 200 OK\r\nContent-Length: " + GOOD.length() + "\r\n\r\n" + GOOD)
                      .getBytes(ISO_8859_1));
    }

    private void accept() {
      while (!listening.isClosed()) {
        try {
          Socket client = listening.accept();
          Thread.ofVirtual().start(() -> serve(client));
        } catch (IOException e) {
          return; // Closed.
        }
      }
    }

    private void serve(Socket client) {
      try (client) {
        InputStream in = client.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
          int next = in.read();
          if (next < 0) {
            return;
          }
          head.append((char) next);
        }
        requests.incrementAndGet();
        assertThat(head).doesNotContain("Proxy-Authorization");
        deed.to(client);
        in.transferTo(OutputStream.nullOutputStream());
      } catch (SocketException e) {
        // The client has given up.
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }
}
