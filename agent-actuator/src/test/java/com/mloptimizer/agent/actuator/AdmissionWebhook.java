package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An admission webhook over TLS with a certificate of its own; it can fail, and deny. */
final class AdmissionWebhook implements AutoCloseable {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final JsonMapper json = new JsonMapper();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger failures = new AtomicInteger();
  private volatile Predicate<JsonNode> denied = _ -> false;
  private final HttpsServer server;
  private final String certificate;

  AdmissionWebhook(Path directory) throws Exception {
    Path keys = directory.resolve("webhook.p12");
    generateKeys(keys);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    byte[] encoded = store.getCertificate("webhook").getEncoded();
    certificate =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
            + "\n-----END CERTIFICATE-----\n";
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext("/", this::review);
    server.start();
  }

  private static void generateKeys(Path file) throws Exception {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "webhook",
                "-keyalg",
                "EC",
                "-dname",
                "CN=webhook",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).isZero();
  }

  /** How often the API server asked. */
  int asked() {
    return asked.get();
  }

  /** Answers the next reviews with 500. */
  void failNext(int times) {
    failures.set(times);
  }

  /** Denies what is about such objects. */
  void deny(Predicate<JsonNode> objects) {
    denied = objects;
  }

  /**
   * The configuration that has the API server ask here.
   *
   * @param group API group, {@code *} for any
   * @param resource with its subresource
   */
  String configuration(String name, String group, String operation, String resource) {
    return """
    {"metadata": {"name": "%1$s"}, "webhooks": [{"name": "webhook.example.com",
      "clientConfig": {"url": "https://127.0.0.1:%2$d/", "caBundle": "%3$s"},
      "rules": [{"apiGroups": ["%4$s"], "apiVersions": ["*"], "operations": ["%5$s"],
                 "resources": ["%6$s"], "scope": "*"}],
      "namespaceSelector": {}, "objectSelector": {}, "failurePolicy": "Fail",
      "sideEffects": "None", "admissionReviewVersions": ["v1", "v1beta1"],
      "timeoutSeconds": 5}]}
    """
        .formatted(
            name,
            server.getAddress().getPort(),
            Base64.getEncoder().encodeToString(certificate.getBytes(StandardCharsets.US_ASCII)),
            group,
            operation,
            resource);
  }

  private void review(HttpExchange exchange) throws IOException {
    try (exchange) {
      asked.incrementAndGet();
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        exchange.sendResponseHeaders(500, -1);
        return;
      }
      JsonNode review = json.readTree(exchange.getRequestBody().readAllBytes());
      ObjectNode answer = json.createObjectNode();
      answer
          .put("apiVersion", review.path("apiVersion").asString(""))
          .put("kind", "AdmissionReview");
      answer
          .putObject("response")
          .put("uid", review.path("request").path("uid").asString(""))
          .put("allowed", !denied.test(review.path("request").path("object")));
      byte[] bytes = answer.toString().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
