package com.mloptimizer.agent.deploy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code kubectl port-forward} to a port, and an HTTP client at this end of it. */
final class PortForward implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("Forwarding from 127.0.0.1:([0-9]+)");

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final int port;

  private PortForward(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts kubectl.
   *
   * @param target for example {@code service/web}
   */
  static PortForward to(Path kubeconfig, String namespace, String target, int remotePort)
      throws IOException {
    Process process =
        new ProcessBuilder(
                System.getProperty("it.kubectl", "kubectl"),
                "--kubeconfig=" + kubeconfig,
                "--namespace=" + namespace,
                "port-forward",
                target,
                ":" + remotePort)
            .redirectErrorStream(true)
            .start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    Matcher listening = LISTENING.matcher(String.valueOf(line));
    if (!listening.find()) {
      process.destroy();
      throw new IOException("kubectl port-forward " + target + ": " + line);
    }
    return new PortForward(process, Integer.parseInt(listening.group(1)));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(request(path).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return http.send(
        request(path).POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(20));
  }

  @Override
  public void close() {
    process.destroy();
    http.close();
  }
}
