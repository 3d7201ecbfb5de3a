package com.mloptimizer.agent.core.backend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.Backend.Nothing;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a proxy gets to hear; the backends here have no address that would lead anywhere. */
@Timeout(30)
class ProxiedBackendTest {
  private static final String CREDENTIALS = "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n";
  private ServerSocket proxy;

  @BeforeEach
  void start() throws IOException {
    proxy = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    proxy.setSoTimeout(10_000);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
  }

  @Test
  void send_plain_goesThroughWithThePasswordAndTheWholeAddress() throws Exception {
    FutureTask<String> heard = answer("HTTP/1.1 204 No Content\r\n\r\n");
    assertThat(send("http://backend.example/base")).isInstanceOf(BackendAnswer.Done.class);
    assertThat(heard.get(10, TimeUnit.SECONDS))
        .startsWith("POST http://backend.example/base/api/v1/metrics/batch HTTP/1.1\r\n")
        .contains(CREDENTIALS);
  }

  @Test
  void send_secure_asksForATunnelAtOnceWithThePasswordButNotTheKey() throws Exception {
    FutureTask<String> heard = answer("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    assertThat(send("https://backend.example")).isInstanceOf(BackendAnswer.RetryLater.class);
    assertThat(heard.get(10, TimeUnit.SECONDS))
        .startsWith("CONNECT backend.example:443 HTTP/1.1\r\n")
        .contains(CREDENTIALS)
        .doesNotContain("Bearer");
  }

  @ParameterizedTest
  @CsvSource({"http://backend.example", "https://backend.example"})
  void send_proxyRefusesThePassword_losesNothingAndSaysSoWithoutIt(String url) throws Exception {
    FutureTask<String> heard =
        answer(
            """
            HTTP/1.1 407 Proxy Authentication Required\r
            Proxy-Authenticate: Basic realm="x"\r
            Content-Length: 0\r
            \r
            """);
    assertThat(send(url))
        .isInstanceOfSatisfying(
            BackendAnswer.RetryLater.class,
            later -> assertThat(later.cause()).contains("proxy").doesNotContain("pass"));
    assertThat(heard.get(10, TimeUnit.SECONDS)).contains(CREDENTIALS);
  }

  private BackendAnswer<Nothing> send(String url) {
    String address = "http://user:pass@127.0.0.1:" + proxy.getLocalPort();
    try (BackendClient client =
        new BackendClient(
            BackendSettings.of(URI.create(url), "1.2.3").withCallTimeout(Duration.ofSeconds(5)),
            ApiKeySource.fixed(ApiKey.of("key-1")),
            ProxyEnvironment.of(Map.of("HTTP_PROXY", address, "HTTPS_PROXY", address)),
            new BackendMetrics(new CollectorRegistry()),
            InstantSource.system())) {
      return client.sendMetrics(JsonBody.of("{}".getBytes(UTF_8)), "b-1");
    }
  }

  /** Takes one connection, reads one head and answers; the head. */
  private FutureTask<String> answer(String answer) {
    FutureTask<String> heard =
        new FutureTask<>(() -> {
          try (Socket client = proxy.accept()) {
            InputStream in = client.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
              head.append((char) in.read());
            }
            client.getOutputStream().write(answer.getBytes(ISO_8859_1));
            client.shutdownOutput();
            // Closing with something unread would be a reset.
            in.transferTo(OutputStream.nullOutputStream());
            return head.toString();
          }
        });
    Thread.ofVirtual().start(heard);
    return heard;
  }
}
