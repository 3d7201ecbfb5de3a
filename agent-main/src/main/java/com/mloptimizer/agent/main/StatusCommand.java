package com.mloptimizer.agent.main;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shows how a running agent is. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Asks a running agent how it is. Exit code 0 if it is ready, 1 if not.")
final class StatusCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  @Spec private CommandSpec spec;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "The agent's HTTP address (default: ${DEFAULT-VALUE})")
  private String url = "http://127.0.0.1:8080";

  StatusCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    URI status = statusUri();
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(status).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        return failed("answered " + answer.statusCode() + "; is that an agent's HTTP port?");
      }
      JsonNode body = new JsonMapper().readTree(answer.body());
      print(body, spec.commandLine().getOut());
      return body.path("ready").asBoolean(false) ? ExitCode.OK : ExitCode.FAILED;
    } catch (IOException e) {
      return failed("does not answer (" + e + "); is the agent running, and on this port?");
    } catch (JacksonException e) {
      return failed("did not answer with JSON; is that an agent's HTTP port?");
    }
  }

  private URI statusUri() {
    try {
      URI uri = new URI(url.replaceAll("/+$", "") + "/status");
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).matches("(?i)https?")) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Said below, for whatever is wrong with it.
    }
    throw new ParameterException(
        spec.commandLine(), "--url '" + url + "' is not an address of the form http://HOST[:PORT]");
  }

  private int failed(String why) {
    spec.commandLine().getErr().println(url + " " + why);
    return ExitCode.FAILED;
  }

  private static void print(JsonNode status, PrintWriter out) {
    Table facts = new Table();
    for (String name :
        new String[] {
          "version",
          "cluster_id",
          "agent_id",
          "kubernetes_version",
          "uptime_seconds",
          "leader",
          "dry_run",
          "ready"
        }) {
      facts.row(name, status.path(name).asString("-"));
    }
    out.print(facts);
    for (JsonNode missing : status.path("missing")) {
      out.println("missing: " + missing.asString(""));
    }
    out.println();
    Table components = new Table().row("COMPONENT", "HEALTH", "RESTARTS", "LAST SUCCESS", "ERROR");
    for (Map.Entry<String, JsonNode> component : status.path("components").properties()) {
      JsonNode value = component.getValue();
      components.row(
          component.getKey(),
          value.path("healthy").asBoolean(false) ? "healthy" : "unhealthy",
          value.path("restarts").asString("0"),
          value.path("last_success_at").isString()
              ? value.path("last_success_at").stringValue()
              : "never",
          value.path("error").asString(""));
    }
    out.print(components);
    out.flush();
  }
}
