package com.mloptimizer.agent.core.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Kubeconfigs that authenticate by a client certificate, as those of kubeadm, kind and k3s do. */
final class ClientCertificateTest {
  private final HeldCertificate authority =
      new HeldCertificate.Builder().certificateAuthority(0).commonName("authority").build();

  @TempDir Path folder;
  private HttpsServer server;

  @BeforeEach
  void start() throws IOException {
    HeldCertificate own =
        new HeldCertificate.Builder()
            .signedBy(authority)
            .addSubjectAlternativeName("127.0.0.1")
            .build();
    SSLContext context =
        new HandshakeCertificates.Builder()
            .heldCertificate(own)
            .addTrustedCertificate(authority.certificate())
            .build()
            .sslContext();
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = getSSLContext().getDefaultSSLParameters();
            tls.setNeedClientAuth(true);
            parameters.setSSLParameters(tls);
          }
        });
    server.createContext("/", ClientCertificateTest::answerWhoItIs);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void answerWhoItIs(HttpExchange exchange) throws IOException {
    String name = ((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName();
    byte[] answer =
        JsonMapper.shared().createObjectNode().put("name", name).toString().getBytes(UTF_8);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  @Test
  void send_rsaKeyAsKubeadmWritesIt_isAuthenticated() throws Exception {
    HeldCertificate user = user().rsa2048().build();

    assertThat(nameSeenWith(inline(user.certificatePem(), user.privateKeyPkcs1Pem())))
        .isEqualTo("CN=kubernetes-admin");
  }

  @Test
  void send_ellipticCurveKeyInFilesBesideTheKubeconfig_isAuthenticated() throws Exception {
    HeldCertificate user = user().ecdsa256().build();
    Files.writeString(folder.resolve("user.crt"), user.certificatePem());
    Files.writeString(folder.resolve("user.key"), user.privateKeyPkcs8Pem());

    assertThat(nameSeenWith("client-certificate: user.crt, client-key: user.key"))
        .isEqualTo("CN=kubernetes-admin");
  }

  @Test
  void send_certificateOfAnExecPlugin_isAuthenticated() throws Exception {
    HeldCertificate user = user().ecdsa256().build();
    ObjectNode credential = JsonMapper.shared().createObjectNode();
    credential.put("apiVersion", "client.authentication.k8s.io/v1").put("kind", "ExecCredential");
    credential
        .putObject("status")
        .put("clientCertificateData", user.certificatePem())
        .put("clientKeyData", user.privateKeyPkcs8Pem());
    Path answer = Files.writeString(folder.resolve("credential.json"), credential.toString());

    assertThat(
            nameSeenWith(
                """
                exec: {apiVersion: client.authentication.k8s.io/v1, command: cat, args: ['%s']}\
                """
                    .formatted(answer)))
        .isEqualTo("CN=kubernetes-admin");
  }

  @Test
  void open_keyOfAnotherCertificate_saysSoAndQuotesNothing() throws Exception {
    String certificate = user().ecdsa256().build().certificatePem();
    String key = user().ecdsa256().build().privateKeyPkcs8Pem();
    Path file = write(inline(certificate, key));

    assertThatThrownBy(() -> open(file))
        .isInstanceOf(KubernetesConfigurationException.class)
        .hasMessageContaining("the private key is not that of the client certificate")
        .hasMessageNotContaining("BEGIN");
  }

  private HeldCertificate.Builder user() {
    return new HeldCertificate.Builder().signedBy(authority).commonName("kubernetes-admin");
  }

  private static String inline(String certificate, String key) {
    return "client-certificate-data: %s, client-key-data: %s"
        .formatted(base64(certificate), base64(key));
  }

  private String nameSeenWith(String user) throws Exception {
    try (KubernetesClient client = open(write(user))) {
      return client
          .send(ApiRequest.get(ResourcePath.core("nodes")))
          .body()
          .path("name")
          .stringValue();
    }
  }

  private KubernetesClient open(Path file) throws KubernetesConfigurationException {
    return KubernetesAccess.from(Map.of(), folder).withKubeconfig(file).open("1");
  }

  private Path write(String user) throws IOException {
    return Files.writeString(
        folder.resolve("config"),
        """
        current-context: c1
        contexts: [{name: c1, context: {cluster: k1, user: u1}}]
        clusters: [{name: k1, cluster: {server: 'https://127.0.0.1:%d', certificate-authority-data: %s}}]
        users: [{name: u1, user: {%s}}]
        """
            .formatted(server.getAddress().getPort(), base64(authority.certificatePem()), user));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
