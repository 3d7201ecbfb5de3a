package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.mloptimizer.agent.core.config.ConfigurationReader;
import com.mloptimizer.agent.core.config.ConfigurationSources;
import com.mloptimizer.agent.core.config.InvalidConfigurationException;
import com.mloptimizer.agent.core.config.Variable;
import java.nio.file.Files;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** What Helm makes of the chart. */
@Timeout(60)
class ChartTest {
  @Test
  void lint_strict_findsNothing() {
    LintResult result = new Helm(Chart.DIRECTORY).lint().strict().call();

    assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
  }

  static Stream<Arguments> matrix() {
    return Stream.of("required", "least", "everything")
        .flatMap(values ->
            Stream.of(Chart.OLDEST, "1.21.0", "1.25.3", "1.30.0-gke.1", Chart.NEWEST)
                .map(kubernetes -> Arguments.of(values, kubernetes)));
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void template_valuesAndVersion_isLabelledAndInItsNamespace(String values, String kubernetes) {
    List<Manifest> manifests = Manifest.parse(Chart.text(kubernetes, values, Map.of()));

    assertThat(manifests)
        .extracting(Manifest::kind)
        .contains("Deployment", "Service", "ServiceAccount", "Role", "ClusterRole", "ConfigMap");
    assertThat(manifests)
        .allSatisfy(manifest -> {
          Map<?, ?> labels = manifest.map("metadata", "labels");
          assertThat(labels.get("app")).isEqualTo("ml-agent");
          assertThat(labels.get("app.kubernetes.io/instance")).isEqualTo("ml-agent");
          assertThat(labels.get("app.kubernetes.io/managed-by")).isEqualTo("Helm");
          assertThat(manifest.name()).matches("ml-agent(-.+)?|agent-credentials");
        })
        .filteredOn(manifest -> !isClusterScoped(manifest))
        .allSatisfy(m -> assertThat(m.string("metadata", "namespace")).isEqualTo("ml-optimizer"));
  }

  private static boolean isClusterScoped(Manifest manifest) {
    return List.of("ClusterRole", "ClusterRoleBinding", "PriorityClass").contains(manifest.kind());
  }

  @ParameterizedTest
  @ValueSource(strings = {Chart.OLDEST, "1.20.15", "v1.21.0", Chart.NEWEST})
  void budget_anyVersion_hasTheApiOfThatVersion(String kubernetes) {
    Manifest budget =
        Manifest.only(
            Manifest.parse(Chart.text(kubernetes, "required", Map.of())), "PodDisruptionBudget");

    assertThat(budget.apiVersion())
        .isEqualTo(kubernetes.startsWith("1.20") ? "policy/v1beta1" : "policy/v1");
  }

  @Test
  void deployment_required_isRestrictedAndNamedAfterTheRelease() {
    Manifest deployment = Manifest.only(Chart.render(Map.of()), "Deployment");

    assertThat(deployment.name()).isEqualTo("ml-agent");
    assertThat(deployment.at("spec", "replicas")).isEqualTo(2);
    Manifest pod = new Manifest(deployment.map("spec", "template", "spec"));
    assertThat(pod.map("securityContext").toString())
        .contains("runAsNonRoot=true", "runAsUser=1000", "type=RuntimeDefault");
    assertThat(pod.map("containers", 0, "securityContext").toString())
        .contains(
            "allowPrivilegeEscalation=false",
            "readOnlyRootFilesystem=true",
            "drop=[ALL]",
            "runAsNonRoot=true");
    assertThat(pod.map("containers", 0, "resources").toString())
        .contains("cpu=100m", "memory=256Mi", "cpu=500m", "memory=512Mi");
    assertThat(pod.optional("hostNetwork")).isNull();
    assertThat(pod.list("volumes").toString())
        .doesNotContain("hostPath")
        .contains("emptyDir", "secretName=agent-credentials");
    assertThat(pod.list("topologySpreadConstraints")).hasSize(2);
    assertThat(pod.string("containers", 0, "image"))
        .doesNotContain("latest")
        .startsWith("mloptimizer/kubernetes-agent:");
  }

  @Test
  void environment_required_hasNoSecretInIt() {
    Manifest container = container(Chart.render(Map.of()));

    assertThat(container.items("env").map(variable -> variable.string("name")))
        .contains("CLUSTER_ID", "BACKEND_URL", "BACKEND_WS_URL", "API_KEY_FILE", "SECRET_KEY_DIR")
        .contains("POD_NAME", "POD_NAMESPACE", "LEASE_NAME", "GUARDRAILS_FILE")
        .doesNotContain("API_KEY", "SECRET_KEY");
    assertThat(container.string("env")).doesNotContain("secretKeyRef");
  }

  @Test
  void service_required_namesItsPortHttp() {
    Manifest service = Manifest.only(Chart.render(Map.of()), "Service");

    assertThat(service.name()).isEqualTo("ml-agent");
    assertThat(service.string("spec", "ports", 0, "name")).isEqualTo("http");
    assertThat(service.string("spec", "ports", 0, "targetPort")).isEqualTo("http");
  }

  @Test
  void image_digest_goesBeforeTheTag() {
    String digest = "sha256:" + "0123456789abcdef".repeat(4);

    Manifest container =
        container(Chart.render(Map.of("image.digest", digest, "image.tag", "1.0.0")));

    assertThat(container.string("image")).isEqualTo("mloptimizer/kubernetes-agent@" + digest);
  }

  @Test
  void guardrails_everything_isWhatTheAgentReads() {
    Manifest config =
        Manifest.parse(Chart.text(Chart.NEWEST, "everything", Map.of())).stream()
            .filter(m -> m.name().equals("ml-agent-guardrails"))
            .findFirst()
            .orElseThrow();

    Manifest guardrails = Manifest.parse(config.string("data", "guardrails.yaml")).getFirst();
    assertThat(guardrails.list("allowed_actions").stream().map(Object::toString))
        .hasSize(12)
        .contains("drain_node", "evict_pod", "cancel_action");
    assertThat(guardrails.list("protected_namespaces").toString())
        .isEqualTo("[kube-system, payments]");
    assertThat(guardrails.at("protected_selector")).isEqualTo("tier in (critical)");
    assertThat(guardrails.at("max_unavailable_nodes")).isEqualTo("10%");
    assertThat(guardrails.at("max_replicas")).isEqualTo(50);
    assertThat(guardrails.map("freeze_schedules", 0).toString())
        .isEqualTo(
            "{name=nights, from_time=22:00, to_time=06:00, weekdays=[MONDAY, FRIDAY],"
                + " time_zone=Europe/Berlin}");
  }

  @Test
  void guardrails_changed_rollsThePods() {
    assertThat(podAnnotation(Map.of("guardrails.maxConcurrentDrains", 2)))
        .isNotEqualTo(podAnnotation(Map.of()));
  }

  private static Object podAnnotation(Map<String, ?> values) {
    return Manifest.only(Chart.render(values), "Deployment")
        .at("spec", "template", "metadata", "annotations", "checksum/guardrails");
  }

  @Test
  void networkPolicy_everything_allowsNamedPeersOnly() {
    Manifest policy =
        Manifest.only(
            Manifest.parse(Chart.text(Chart.NEWEST, "everything", Map.of())), "NetworkPolicy");

    assertThat(policy.list("spec", "egress").toString())
        .contains("port=53", "port=6443", "10.0.0.1/32", "port=8443", "192.0.2.0/24", "port=3128");
    assertThat(policy.list("spec", "ingress").toString()).contains("name=monitoring", "port=http");
  }

  /** Its pod is a hook, which Helm does not show here; both take their labels from one template. */
  @Test
  void networkPolicy_ingressFromGiven_stillAdmitsHelmTest() {
    Manifest policy =
        Manifest.only(
            Manifest.parse(Chart.text(Chart.NEWEST, "everything", Map.of())), "NetworkPolicy");

    assertThat(policy.list("spec", "ingress", 0, "from").toString())
        .contains(
            "{podSelector={matchLabels={app.kubernetes.io/name=kubernetes-agent-test,"
                + " app.kubernetes.io/instance=ml-agent}}}");
    assertThat(policy.string("spec", "podSelector")).doesNotContain("-test");
  }

  @Test
  void prometheusRule_prefixGiven_makesEveryRunbookUrlAbsolute() {
    Manifest rule =
        Manifest.only(
            Chart.render(
                Map.of(
                    "prometheusRule.enabled",
                    true,
                    "prometheusRule.runbookUrlPrefix",
                    "https://git.example.com/agent/")),
            "PrometheusRule");

    assertThat(
            rule.items("spec", "groups", 0, "rules")
                .map(alert -> alert.string("annotations", "runbook_url")))
        .hasSizeGreaterThan(15)
        .allMatch(url ->
            url.startsWith("https://git.example.com/agent/deploy/RUNBOOK.md#kubernetesagent"));
  }

  @Test
  void volumes_required_haveAFolderForTemporaryFiles() {
    Manifest container = container(Chart.render(Map.of()));

    assertThat(container.items("volumeMounts").map(mount -> mount.string("mountPath")))
        .contains("/tmp");
  }

  @Test
  void nodeSelector_required_isTheImagesArchitecture() {
    assertThat(
            Manifest.only(Chart.render(Map.of()), "Deployment")
                .string("spec", "template", "spec", "nodeSelector", "kubernetes.io/arch"))
        .isEqualTo("amd64");
  }

  /** What the values' schema lets through, the agent takes, at both ends of each range. */
  @Test
  void schema_bounds_areThoseOfTheAgent() throws Exception {
    Map<?, ?> schema =
        new JsonMapper()
            .readValue(Files.readString(Chart.DIRECTORY.resolve("values.schema.json")), Map.class);
    Map<String, Variable> variables =
        Map.of(
            "collection/intervalSeconds", Variable.COLLECTION_INTERVAL,
            "collection/batchSize", Variable.BATCH_SIZE,
            "heartbeatIntervalSeconds", Variable.HEARTBEAT_INTERVAL,
            "actionPollIntervalSeconds", Variable.ACTION_POLL_INTERVAL,
            "actions/parallelism", Variable.ACTION_PARALLELISM,
            "actions/maxTtlSeconds", Variable.MAX_ACTION_TTL,
            "actions/retentionSeconds", Variable.ACTION_RETENTION,
            "guardrails/maxConcurrentDrains", Variable.MAX_CONCURRENT_DRAINS,
            "guardrails/maxEvictionsPerMinute", Variable.MAX_EVICTIONS_PER_MINUTE,
            "guardrails/maxReplicas", Variable.MAX_REPLICAS);

    variables.forEach((path, variable) -> {
      Map<?, ?> bounds = schemaOf(new Manifest(schema), path);
      int maximum = (Integer) bounds.get("maximum");
      assertThat(problems(variable, (Integer) bounds.get("minimum"))).as(path).isEmpty();
      assertThat(problems(variable, maximum)).as(path).isEmpty();
      assertThat(problems(variable, maximum + 1)).as(path).contains(variable.name());
    });
  }

  private static Map<?, ?> schemaOf(Manifest schema, String path) {
    Manifest here = schema;
    for (String step : path.split("/", -1)) {
      here = new Manifest(here.map("properties", step));
    }
    return here.optional("$ref") instanceof String reference
        ? schema.map("definitions", reference.replaceFirst(".*/", ""))
        : here.fields();
  }

  /** What the agent says about one value; nothing if it is fine. */
  private static String problems(Variable variable, int value) {
    Map<Variable, String> flags = new EnumMap<>(Variable.class);
    flags.put(Variable.BACKEND_URL, "https://backend.example.com");
    flags.put(Variable.BACKEND_WS_URL, "wss://backend.example.com");
    flags.put(Variable.API_KEY, "key");
    flags.put(Variable.SECRET_KEY, "0123456789abcdef0123456789abcdef");
    flags.put(Variable.CLUSTER_ID, "a");
    flags.put(variable, Integer.toString(value));
    try {
      ConfigurationReader.read(ConfigurationSources.of(flags, Map.of(), null), false);
      return "";
    } catch (InvalidConfigurationException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void javaOptions_given_goBetweenTheImagesFlagsAndItsMainClass() {
    Manifest container =
        container(Manifest.parse(Chart.text(Chart.NEWEST, "everything", Map.of())));

    assertThat(container.list("command").toString())
        .isEqualTo(
            "[/opt/java/bin/java, @/opt/agent/agent.vmoptions, -Xmx256m, @/opt/agent/agent.main]");
  }

  private static Manifest container(List<Manifest> manifests) {
    return new Manifest(
        Manifest.only(manifests, "Deployment").map("spec", "template", "spec", "containers", 0));
  }
}
