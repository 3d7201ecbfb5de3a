package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.kubernetes.ApiAnswer;
import com.mloptimizer.agent.core.kubernetes.ApiRequest;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.ListOptions;
import com.mloptimizer.agent.core.kubernetes.ListOutcome;
import com.mloptimizer.agent.core.kubernetes.ResourcePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/** The cluster that a benchmark runs against, and curl as the reference for its lists. */
final class BenchCluster implements AutoCloseable {

  /** What the collector lists. */
  private static final List<String> LISTS =
      List.of(
          "/api/v1/nodes",
          "/api/v1/pods",
          "/apis/apps/v1/replicasets",
          "/apis/apps/v1/deployments",
          "/apis/apps/v1/statefulsets",
          "/apis/apps/v1/daemonsets",
          "/api/v1/events");

  private static final Pattern LIST_OF_PODS =
      Pattern.compile(
          "^apiserver_request_total\\{(?=[^}]*resource=\"pods\")(?=[^}]*verb=\"LIST\")"
              + "(?=[^}]*group=\"\")[^}]*} ([0-9.e+]+)$",
          Pattern.MULTILINE);

  private final Path kubeconfig;
  private final Path folder;
  private final KubernetesClient client;

  private BenchCluster(Path kubeconfig, Path folder, KubernetesClient client) {
    this.kubeconfig = kubeconfig;
    this.folder = folder;
    this.client = client;
  }

  static BenchCluster open(Path kubeconfig, Path folder) throws Exception {
    return new BenchCluster(
        kubeconfig,
        folder,
        KubernetesAccess.from(Map.of(), folder).withKubeconfig(kubeconfig).open("bench"));
  }

  /** How many pods there are. */
  int pods() throws IOException {
    return items(ResourcePath.core("pods"), ListOptions.all().withMetadataOnly()).size();
  }

  /** How many lists of pods the API server has answered, to anybody. */
  double listsOfPods() throws IOException {
    ApiAnswer answer = client.send(ApiRequest.get(ResourcePath.raw("/metrics")));
    Matcher lists = LIST_OF_PODS.matcher(answer.body().asString(""));
    double sum = 0;
    while (lists.find()) {
      sum += Double.parseDouble(lists.group(1));
    }
    return sum;
  }

  /** Seconds that curl takes for the collector's lists, all at once, compressed. */
  double curlSeconds() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("curl", "-sSf", "--parallel"));
    command.addAll(List.of("--parallel-immediate", "--config", curlConfig().toString()));
    long began = System.nanoTime();
    Process curl =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("curl.txt").toFile())
            .start();
    int exit = curl.waitFor();
    double seconds = (System.nanoTime() - began) / 1e9;
    if (exit != 0) {
      throw new IOException("curl: " + Files.readString(folder.resolve("curl.txt")));
    }
    return seconds;
  }

  /** Its options, with which it sends what this kubeconfig's user would. */
  private Path curlConfig() throws IOException {
    StringBuilder config = new StringBuilder();
    for (String list : LISTS) {
      config.append(config.isEmpty() ? "" : "next\n").append("url=\"");
      config.append(client.server()).append(list).append("\"\noutput=/dev/null\n");
      // With curl's own name the API server indents its answers.
      config.append("compressed\nuser-agent=x\n");
      kubeconfigValue("certificate-authority")
          .ifPresent(ca -> config.append("cacert=\"").append(ca).append("\"\n"));
      kubeconfigValue("token")
          .ifPresent(token ->
              config.append("header=\"Authorization: Bearer ").append(token).append("\"\n"));
      kubeconfigValue("client-certificate")
          .ifPresent(file -> config.append("cert=\"").append(file).append("\"\n"));
      kubeconfigValue("client-key")
          .ifPresent(file -> config.append("key=\"").append(file).append("\"\n"));
    }
    return Files.writeString(folder.resolve("curl.config"), config);
  }

  /** A file or token of the kubeconfig, which holds no inlined certificates here. */
  private Optional<String> kubeconfigValue(String key) throws IOException {
    Matcher value =
        Pattern.compile("[\\s{]" + key + ": *\"?([^\",}\\s]+)")
            .matcher(Files.readString(kubeconfig));
    return value.find() ? Optional.of(value.group(1)) : Optional.empty();
  }

  /** Pods and workloads as the API server has them now, each as a line to compare. */
  Set<String> objects() throws IOException {
    Set<String> objects = new TreeSet<>();
    for (JsonNode pod : items(ResourcePath.core("pods"), ListOptions.all())) {
      objects.add(
          pod(
              pod.at("/metadata/uid").asString(),
              pod.at("/metadata/namespace").asString(),
              pod.at("/metadata/name").asString(),
              pod.at("/status/phase").asString(),
              pod.at("/spec/nodeName").asString(null)));
    }
    for (String kind : List.of("deployments", "statefulsets")) {
      for (JsonNode workload : items(ResourcePath.group("apps", "v1", kind), ListOptions.all())) {
        objects.add(
            workload(
                workload.at("/metadata/uid").asString(),
                workload.at("/spec/replicas").asInt(),
                workload.at("/status/readyReplicas").asInt(0)));
      }
    }
    for (JsonNode workload :
        items(ResourcePath.group("apps", "v1", "daemonsets"), ListOptions.all())) {
      objects.add(
          workload(
              workload.at("/metadata/uid").asString(),
              workload.at("/status/desiredNumberScheduled").asInt(),
              workload.at("/status/numberReady").asInt(0)));
    }
    return objects;
  }

  static String pod(
      String uid, String namespace, String name, String phase, @Nullable String node) {
    return "pod %s %s/%s %s %s".formatted(uid, namespace, name, phase, node);
  }

  static String workload(String uid, int desired, int ready) {
    return "workload %s %d %d".formatted(uid, desired, ready);
  }

  private List<JsonNode> items(ResourcePath path, ListOptions options) throws IOException {
    List<JsonNode> items = new ArrayList<>();
    ListOutcome outcome =
        client.<JsonNode>list(path, options, JsonParser::readValueAsTree, items::add);
    if (outcome instanceof ListOutcome.Refused(ApiAnswer answer)) {
      throw new IOException(answer.summary());
    }
    return items;
  }

  @Override
  public void close() {
    client.close();
  }
}
