package com.mloptimizer.agent.core.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.Backend.Nothing;
import com.mloptimizer.agent.core.backend.BackendAnswer.Done;
import com.mloptimizer.agent.core.backend.BackendAnswer.RetryLater;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.reload.Reloaded;
import com.mloptimizer.agent.core.tls.TlsContext;
import com.mloptimizer.agent.core.tls.TlsFiles;
import com.mloptimizer.agent.core.tls.TlsSettings;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.prometheus.client.CollectorRegistry;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom the HTTP client believes to be the backend, and what it shows to it. */
@Timeout(30)
class SecureBackendTest {
  private final HeldCertificate authority =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("our authority").build();
  private final AtomicLong nanos = new AtomicLong();
  private final List<String> clients = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @TempDir private Path folder;
  private Path bundle;

  @BeforeEach
  void writeBundle() throws IOException {
    bundle = Files.writeString(folder.resolve("ca.crt"), authority.certificatePem());
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void send_certificateOfOurAuthorityForThisName_isBelieved() throws Exception {
    assertThat(sendTo(valid().build(), trusting(bundle))).isEqualTo(new Done<>(Nothing.NOTHING));
  }

  @Test
  void send_certificateOfAnUnknownAuthority_isNot() throws Exception {
    assertRefused(sendTo(valid().build(), TlsContext::system), "certification path");
  }

  @Test
  void send_selfSigned_isNot() throws Exception {
    HeldCertificate own =
        new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build();
    assertRefused(sendTo(own, trusting(bundle)), "certification path");
  }

  @Test
  void send_certificateForAnotherName_isNot() throws Exception {
    HeldCertificate other =
        new HeldCertificate.Builder()
            .signedBy(authority)
            .commonName("127.0.0.1")
            .addSubjectAlternativeName("backend.example")
            .build();
    assertRefused(sendTo(other, trusting(bundle)), "not verified");
  }

  @Test
  void send_expiredCertificate_isNot() throws Exception {
    long now = System.currentTimeMillis();
    HeldCertificate expired = valid().validityInterval(now - 20_000, now - 10_000).build();
    assertRefused(sendTo(expired, trusting(bundle)), "validity check failed");
  }

  @Test
  void send_backendThatSpeaksOnlyTls11_isRefusedAndToldSo() throws Exception {
    try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      FutureTask<byte[]> alert = new FutureTask<>(() -> answerInTls11(listening));
      threads.execute(alert);
      URI url = URI.create("https://127.0.0.1:" + listening.getLocalPort());
      try (BackendClient client = client(url, trusting(bundle))) {
        assertThat(send(client)).isInstanceOf(RetryLater.class);
      }
      // A fatal alert, and nothing of the request.
      assertThat(alert.get(10, TimeUnit.SECONDS)).startsWith(21, 3).endsWith(0, 2, 2, 70);
    }
  }

  /** Reads a ClientHello, answers with a ServerHello of TLS 1.1; what the client says to that. */
  private static byte[] answerInTls11(ServerSocket listening) throws IOException {
    try (Socket peer = listening.accept()) {
      peer.setSoTimeout(10_000);
      DataInputStream in = new DataInputStream(peer.getInputStream());
      in.readNBytes(3);
      in.readNBytes(in.readUnsignedShort());
      ByteBuffer hello = ByteBuffer.allocate(47);
      hello.put(new byte[] {22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2});
      // TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, which the client offers.
      hello.put(44, (byte) 0xc0).put(45, (byte) 0x13);
      peer.getOutputStream().write(hello.array());
      return in.readAllBytes();
    }
  }

  @Test
  void send_backendThatWantsACertificate_isShownOursAndTheNewOneOnceItChanged() throws Exception {
    Path crt = folder.resolve("tls.crt");
    Path key = folder.resolve("tls.key");
    writeClient("agent-1", crt, key);
    HttpsServer server = start(valid().build(), true);
    try (BackendClient client = client(url(server), reading(new TlsSettings(bundle, crt, key)))) {
      assertThat(send(client)).isInstanceOf(Done.class);
      writeClient("agent-2", crt, key);
      nanos.addAndGet(Reloaded.INTERVAL.toNanos());
      assertThat(send(client)).isInstanceOf(Done.class);
    } finally {
      server.stop(0);
    }
    assertThat(clients).containsExactly("CN=agent-1", "CN=agent-2");

    assertThat(sendTo(valid().build(), trusting(bundle), true)).isInstanceOf(RetryLater.class);
  }

  private void writeClient(String name, Path crt, Path key) throws IOException {
    HeldCertificate client =
        new HeldCertificate.Builder().signedBy(authority).commonName(name).build();
    Files.writeString(crt, client.certificatePem());
    Files.writeString(key, client.privateKeyPkcs8Pem());
  }

  @Test
  void send_authorityTakenOutOfTheBundle_isNotBelievedOverAnOldConnectionEither() throws Exception {
    HttpsServer server = start(valid().build(), false);
    try (BackendClient client = client(url(server), trusting(bundle))) {
      assertThat(send(client)).isInstanceOf(Done.class);
      Files.writeString(bundle, new HeldCertificate.Builder().build().certificatePem());
      nanos.addAndGet(Reloaded.INTERVAL.toNanos());
      assertRefused(send(client), "certification path");

      Files.writeString(bundle, authority.certificatePem());
      nanos.addAndGet(Reloaded.INTERVAL.toNanos());
      assertThat(send(client)).isInstanceOf(Done.class);
    } finally {
      server.stop(0);
    }
  }

  private HeldCertificate.Builder valid() {
    return new HeldCertificate.Builder().signedBy(authority).addSubjectAlternativeName("127.0.0.1");
  }

  private Supplier<TlsContext> trusting(Path file) throws Exception {
    return reading(new TlsSettings(file, null, null));
  }

  private Supplier<TlsContext> reading(TlsSettings settings) throws Exception {
    return TlsFiles.open(settings, nanos::get, ReloadMetrics.unscraped());
  }

  private static void assertRefused(BackendAnswer<Nothing> answer, String why) {
    assertThat(answer)
        .isInstanceOfSatisfying(RetryLater.class, later -> assertThat(later.cause()).contains(why));
  }

  private BackendAnswer<Nothing> sendTo(HeldCertificate server, Supplier<TlsContext> tls)
      throws IOException {
    return sendTo(server, tls, false);
  }

  private BackendAnswer<Nothing> sendTo(
      HeldCertificate certificate, Supplier<TlsContext> tls, boolean asks) throws IOException {
    HttpsServer server = start(certificate, asks);
    try (BackendClient client = client(url(server), tls)) {
      return send(client);
    } finally {
      server.stop(0);
    }
  }

  private static BackendAnswer<Nothing> send(BackendClient client) {
    return client.sendMetrics(JsonBody.of("{}".getBytes(UTF_8)), "b-1");
  }

  private static BackendClient client(URI url, Supplier<TlsContext> tls) {
    return new BackendClient(
        BackendSettings.of(url, "1.2.3").withCallTimeout(Duration.ofSeconds(10)),
        ApiKeySource.fixed(ApiKey.of("key-1")),
        ProxyEnvironment.none(),
        tls,
        new BackendMetrics(new CollectorRegistry()),
        InstantSource.system());
  }

  private static URI url(HttpsServer server) {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  private HttpsServer start(HeldCertificate certificate, boolean asksForOne) throws IOException {
    HandshakeCertificates own =
        new HandshakeCertificates.Builder()
            .heldCertificate(certificate)
            .addTrustedCertificate(authority.certificate())
            .build();
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(own.sslContext()) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = getSSLContext().getDefaultSSLParameters();
            tls.setNeedClientAuth(asksForOne);
            parameters.setSSLParameters(tls);
          }
        });
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          if (asksForOne) {
            clients.add(((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName());
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    return server;
  }
}
