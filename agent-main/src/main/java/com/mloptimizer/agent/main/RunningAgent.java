package com.mloptimizer.agent.main;

import com.mloptimizer.agent.main.support.Unreachable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Where a running agent is, as a command's option, and what it answers there. */
final class RunningAgent {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_ANSWER_BYTES = 64 << 20;
  private static final int OK = 200;

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The agent's HTTP address (default: ${DEFAULT-VALUE})")
  private String url = "http://127.0.0.1:8080";

  RunningAgent() {}

  /** What keeps the agent from answering, in words for the one who called the command. */
  static final class UnansweredException extends Exception {
    private static final long serialVersionUID = 1L;

    UnansweredException(String message) {
      super(message);
    }
  }

  /**
   * What the agent answers.
   *
   * @param timeout for the whole answer
   * @throws UnansweredException if there is no answer, or none with status 200
   */
  byte[] get(String path, Duration timeout) throws UnansweredException, InterruptedException {
    URI uri = uri(path);
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      HttpResponse<InputStream> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(timeout).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = answer.body()) {
        byte[] bytes = body.readNBytes(MAX_ANSWER_BYTES);
        if (answer.statusCode() != OK) {
          throw new UnansweredException(
              url + " answered " + answer.statusCode() + "; is that an agent's HTTP port?");
        }
        return bytes;
      }
    } catch (IOException e) {
      throw new UnansweredException(
          url
              + " does not answer ("
              + Unreachable.reason(e)
              + "); is the agent running, and on this port?");
    }
  }

  private URI uri(String path) {
    try {
      URI uri = new URI(url.replaceAll("/+$", "") + path);
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).matches("(?i)https?")) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below, for whatever is wrong with it.
    }
    throw new ParameterException(
        spec.commandLine(), "--url '" + url + "' is not an address of the form http://HOST[:PORT]");
  }
}
