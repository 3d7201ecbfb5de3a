package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whom the WebSocket believes to be the backend, and what it shows to it. */
@Timeout(30)
class SecureWebSocketTest {
  private final HeldCertificate authority =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("our authority").build();
  private final HeldCertificate client =
      new HeldCertificate.Builder().signedBy(authority).commonName("agent-1").build();

  @Test
  void connect_certificateOfOurAuthorityForThisName_isBelieved() throws Exception {
    try (ScriptedServer server = secure(valid().build(), false);
        RunningAgent agent = agent(server, trusting());
        Peer peer = server.acceptAfterHello()) {
      peer.text("{\"type\":\"ping\",\"nonce\":\"n\"}");
      assertThat(peer.read().text()).contains("pong");
      assertThat(agent.sample("agent_websocket_connected")).isEqualTo(1);
    }
  }

  @Test
  void connect_certificateForAnotherName_isNot() throws Exception {
    HeldCertificate other =
        new HeldCertificate.Builder()
            .signedBy(authority)
            .commonName("127.0.0.1")
            .addSubjectAlternativeName("backend.example")
            .build();
    assertRefused(other, trusting(), "No subject alternative names matching");
  }

  @Test
  void connect_certificateOfAnUnknownAuthority_isNot() throws Exception {
    assertRefused(
        valid().build(),
        () -> (SSLSocketFactory) SSLSocketFactory.getDefault(),
        "PKIX path building failed");
  }

  @Test
  void connect_selfSigned_isNot() throws Exception {
    HeldCertificate own =
        new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build();
    assertRefused(own, trusting(), "PKIX path building failed");
  }

  @Test
  void connect_expiredCertificate_isNot() throws Exception {
    long now = System.currentTimeMillis();
    HeldCertificate expired = valid().validityInterval(now - 20_000, now - 10_000).build();
    assertRefused(expired, trusting(), "validity check failed");
  }

  @Test
  void connect_backendThatSpeaksOnlyTls11_isNot() throws Exception {
    try (ScriptedServer server = new ScriptedServer();
        RunningAgent agent = agent(server, trusting());
        Peer peer = server.accept()) {
      DataInputStream hello = new DataInputStream(peer.in());
      hello.readNBytes(3);
      hello.readNBytes(hello.readUnsignedShort());
      // A ServerHello of TLS 1.1, with a cipher suite that the agent offers.
      ByteBuffer answer = ByteBuffer.allocate(47);
      answer.put(new byte[] {22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2});
      answer.put(44, (byte) 0xc0).put(45, (byte) 0x13);
      peer.write(answer.array());
      // A fatal alert: protocol_version.
      assertThat(hello.readAllBytes()).startsWith(21, 3).endsWith(0, 2, 2, 70);
      agent.awaitLogLine("WARN");
      assertThat(agent.logLines)
          .anyMatch(line -> line.contains("protocol version TLS11 is not accepted"));
    }
  }

  @Test
  void connect_backendThatNeverAnswersTheClientHello_isGivenUpInTime() throws Exception {
    UnaryOperator<WebSocketSettings> impatient =
        s ->
            new WebSocketSettings(
                s.url(),
                Duration.ofMillis(500),
                s.pingInterval(),
                s.silenceLimit(),
                s.writeTimeout(),
                s.closeTimeout(),
                s.stableAfter(),
                s.unauthorizedDelay(),
                s.maxMessageBytes(),
                s.maxFragments(),
                s.inboundCapacity());
    try (ScriptedServer server = new ScriptedServer();
        RunningAgent agent = new RunningAgent(url(server), impatient, trusting());
        Peer silent = server.accept()) {
      assertThat(silent.isEndedByAgent()).isTrue();
      agent.awaitLogLine("WARN WebSocket connection lost, connecting again: no handshake within");
    }
  }

  @Test
  void connect_backendThatWantsACertificate_isShownOurs() throws Exception {
    HandshakeCertificates both =
        new HandshakeCertificates.Builder()
            .heldCertificate(client)
            .addTrustedCertificate(authority.certificate())
            .build();
    try (ScriptedServer server = secure(valid().build(), true);
        RunningAgent agent = agent(server, both::sslSocketFactory)) {
      server.acceptAfterHello();
      assertThat(agent.logLines).contains("INFO WebSocket connection established");
    }
    assertRefused(valid().build(), trusting(), "", true);
  }

  @Test
  void connect_throughAProxy_tunnelsWithItsPasswordAndChecksTheBackendsName() throws Exception {
    try (ScriptedServer proxy = new ScriptedServer();
        RunningAgent agent =
            new RunningAgent(
                URI.create("wss://backend.example/ws"),
                UnaryOperator.identity(),
                proxied(proxy, "user:pass@"),
                trusting());
        Peer tunnel = proxy.accept()) {
      assertThat(tunnel.readHead())
          .isEqualTo(
              """
              CONNECT backend.example:443 HTTP/1.1\r
              Host: backend.example:443\r
              Proxy-Authorization: Basic dXNlcjpwYXNz\r
              \r
              """);
      tunnel.write("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
      // What follows is the backend's: a ClientHello that names it.
      byte[] record = tunnel.in().readNBytes(5);
      assertThat(record).startsWith(22, 3);
      byte[] hello = tunnel.in().readNBytes(ByteBuffer.wrap(record).getShort(3));
      assertThat(new String(hello, java.nio.charset.StandardCharsets.ISO_8859_1))
          .contains("backend.example");
      assertThat(agent.logLines).isEmpty();
    }
  }

  @Test
  void connect_plainThroughAProxy_isTunnelledToo() throws Exception {
    try (ScriptedServer proxy = new ScriptedServer();
        RunningAgent agent =
            new RunningAgent(
                URI.create("ws://backend.example:8080/ws"),
                UnaryOperator.identity(),
                proxied(proxy, ""),
                trusting());
        Peer tunnel = proxy.accept()) {
      assertThat(tunnel.readHead())
          .startsWith("CONNECT backend.example:8080 HTTP/1.1\r\n")
          .doesNotContain("Authorization");
      tunnel.write("HTTP/1.0 200 OK\r\n\r\n");
      assertThat(tunnel.upgrade()).contains("Host: backend.example:8080\r\n");
      tunnel.read();
      assertThat(agent.sample("agent_websocket_connected")).isEqualTo(1);
    }
  }

  @Test
  void connect_proxyThatRefuses_isSaidWithoutThePassword() throws Exception {
    for (String answer :
        new String[] {
          "HTTP/1.1 407 Proxy Authentication Required|refuses its credentials (407)",
          "HTTP/1.1 502 Bad Gateway|refuses a tunnel (502)",
          "SSH-2.0-OpenSSH|does not answer in HTTP",
        }) {
      try (ScriptedServer proxy = new ScriptedServer();
          RunningAgent agent =
              new RunningAgent(
                  URI.create("wss://backend.example/ws"),
                  UnaryOperator.identity(),
                  proxied(proxy, "user:pass@"),
                  trusting());
          Peer tunnel = proxy.accept()) {
        tunnel.readHead();
        tunnel.write(answer.substring(0, answer.indexOf('|')) + "\r\n\r\n");
        agent.awaitLogLine("WARN");
        assertThat(agent.logLines)
            .anyMatch(line -> line.contains(answer.substring(answer.indexOf('|') + 1)))
            .noneMatch(line -> line.contains("pass") || line.contains("dXNlcjpwYXNz"));
      }
    }
  }

  private HeldCertificate.Builder valid() {
    return new HeldCertificate.Builder().signedBy(authority).addSubjectAlternativeName("127.0.0.1");
  }

  private Supplier<SSLSocketFactory> trusting() {
    HandshakeCertificates trust =
        new HandshakeCertificates.Builder().addTrustedCertificate(authority.certificate()).build();
    return trust::sslSocketFactory;
  }

  /** As the environment would have it. */
  private static ProxyEnvironment proxied(ScriptedServer proxy, String userInfo) {
    String url = "http://" + userInfo + "127.0.0.1:" + proxy.port();
    return ProxyEnvironment.of(java.util.Map.of("HTTPS_PROXY", url, "HTTP_PROXY", url));
  }

  private ScriptedServer secure(HeldCertificate certificate, boolean asksForOne)
      throws IOException {
    HandshakeCertificates own =
        new HandshakeCertificates.Builder()
            .heldCertificate(certificate)
            .addTrustedCertificate(authority.certificate())
            .build();
    SSLServerSocket listening =
        (SSLServerSocket)
            own.sslContext()
                .getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getLoopbackAddress());
    listening.setNeedClientAuth(asksForOne);
    return new ScriptedServer(listening);
  }

  private static URI url(ScriptedServer server) {
    return URI.create("wss://127.0.0.1:" + server.port() + "/ws");
  }

  private static RunningAgent agent(ScriptedServer server, Supplier<SSLSocketFactory> tls) {
    return new RunningAgent(url(server), UnaryOperator.identity(), tls);
  }

  private void assertRefused(
      HeldCertificate certificate, Supplier<SSLSocketFactory> tls, String reason) throws Exception {
    assertRefused(certificate, tls, reason, false);
  }

  private void assertRefused(
      HeldCertificate certificate,
      Supplier<SSLSocketFactory> tls,
      String reason,
      boolean asksForOne)
      throws Exception {
    try (ScriptedServer server = secure(certificate, asksForOne);
        RunningAgent agent = agent(server, tls);
        Peer peer = server.accept()) {
      try {
        // The key must not get there.
        assertThat(peer.in().readAllBytes()).isEmpty();
      } catch (IOException e) {
        // The handshake failed on this side too.
      }
      agent.awaitLogLine("WARN");
      assertThat(agent.logLines).anyMatch(line -> line.contains(reason));
      assertThat(agent.sample("agent_websocket_connects_total", "result", "established")).isZero();
    }
  }
}
