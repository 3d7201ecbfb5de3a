package com.mloptimizer.agent.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mloptimizer.agent.core.config.AgentConfiguration.ApiKey;
import com.mloptimizer.agent.core.config.AgentConfiguration.LogFormat;
import com.mloptimizer.agent.core.config.AgentConfiguration.SigningKeys;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  private static final String API_KEY = "api-key-that-nobody-may-see";
  private static final String SECRET_KEY = "secret-key-that-nobody-may-see-ever";

  private final Map<Variable, String> flags = new HashMap<>();
  private final Map<String, String> environment =
      new HashMap<>(
          Map.of(
              "BACKEND_URL", "https://backend.example/base/",
              "BACKEND_WS_URL", "wss://backend.example/ws",
              "API_KEY", API_KEY,
              "SECRET_KEY", SECRET_KEY,
              "CLUSTER_ID", "prod-1",
              "PATH", "/bin"));

  @TempDir private Path folder;
  private @Nullable Path file;

  private AgentConfiguration read() {
    return ConfigurationReader.read(ConfigurationSources.of(flags, environment, file), false);
  }

  private List<String> problems() {
    InvalidConfigurationException e =
        catchThrowableOfType(InvalidConfigurationException.class, this::read);
    return e == null ? List.of() : e.getMessage().lines().skip(1).map(String::strip).toList();
  }

  private String onlyProblem() {
    assertThat(problems()).hasSize(1);
    return problems().getFirst();
  }

  private void file(String yaml) throws IOException {
    file = Files.writeString(folder.resolve("agent.yaml"), yaml);
  }

  @Test
  void read_leaderElectionOff_isTaken() {
    environment.put("LEADER_ELECTION", "FALSE");
    environment.put("LEASE_NAME", "agent.blue");

    assertThat(read().leaderElection()).isFalse();
    assertThat(read().leaseName()).isEqualTo("agent.blue");
  }

  @ParameterizedTest
  @CsvSource({
    "LEADER_ELECTION, yes, 'must be one of true, false'",
    "LEASE_NAME, Not_A_Name, is not a Kubernetes name"
  })
  void read_leaderElectionWrong_namesTheVariable(String variable, String value, String problem) {
    environment.put(variable, value);

    assertThat(onlyProblem()).contains(variable, problem);
  }

  @Test
  void settings_threeSources_nameTheOneThatWonAndMaskSecrets() throws IOException {
    file("batch_size: 50\nlog_level: DEBUG\n");
    flags.put(Variable.LOG_LEVEL, "WARN");

    List<Setting> settings = ConfigurationSources.of(flags, environment, file).settings();

    assertThat(settings).extracting(Setting::name).hasSameSizeAs(Variable.values());
    assertThat(settings)
        .contains(
            new Setting("LOG_LEVEL", "WARN", Setting.Origin.FLAG),
            new Setting("BATCH_SIZE", "50", Setting.Origin.FILE),
            new Setting("CLUSTER_ID", "prod-1", Setting.Origin.ENVIRONMENT),
            new Setting("DRY_RUN", "false", Setting.Origin.DEFAULT),
            new Setting("POD_NAME", "", Setting.Origin.DEFAULT),
            new Setting("API_KEY", "***", Setting.Origin.ENVIRONMENT));
    assertThat(settings.toString()).doesNotContain(API_KEY, SECRET_KEY);
  }

  @Test
  void read_requiredOnly_hasTheDefaults() {
    AgentConfiguration read = read();

    assertThat(read.backendUrl()).isEqualTo(URI.create("https://backend.example/base"));
    assertThat(read.backendWsUrl()).isEqualTo(URI.create("wss://backend.example/ws"));
    assertThat(read.apiKey())
        .isInstanceOfSatisfying(
            ApiKey.Fixed.class, fixed -> assertThat(fixed.key().reveal()).isEqualTo(API_KEY));
    assertThat(read.signingKeys())
        .isInstanceOfSatisfying(
            SigningKeys.Fixed.class,
            fixed -> assertThat(fixed.key().reveal()).isEqualTo(SECRET_KEY));
    assertThat(read.clusterId()).isEqualTo("prod-1");
    assertThat(read.agentId()).startsWith("agent-").hasSizeGreaterThan(20);
    assertThat(read.tunables())
        .isEqualTo(
            new TunableSettings(
                Duration.ofMinutes(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                100,
                "INFO",
                true));
    assertThat(read.httpPort()).isEqualTo(8080);
    assertThat(read.logFormat()).isEqualTo(LogFormat.TEXT);
    assertThat(read.dryRun()).isFalse();
    assertThat(read.leaderElection()).isTrue();
    assertThat(read.leaseName()).isEqualTo("kubernetes-agent");
    assertThat(read.maxActionTtl()).isEqualTo(Duration.ofHours(1));
    assertThat(read.actionParallelism()).isEqualTo(4);
    assertThat(read.actionRetention()).isEqualTo(Duration.ofDays(1));
    assertThat(read.podName()).isNull();
    assertThat(read.podNamespace()).isNull();
  }

  @Test
  void read_everythingGiven_isTaken() throws IOException {
    Path apiKey = Files.writeString(folder.resolve("api-key"), API_KEY);
    Path keys = Files.createDirectory(folder.resolve("keys"));
    Files.writeString(keys.resolve("2026-11"), SECRET_KEY);
    environment.keySet().removeAll(List.of("API_KEY", "SECRET_KEY"));
    environment.putAll(
        Map.of(
            "API_KEY_FILE", apiKey.toString(),
            "SECRET_KEY_DIR", keys.toString(),
            "AGENT_ID", "me",
            "COLLECTION_INTERVAL", "3600",
            "ACTION_POLL_INTERVAL", "1",
            "HEARTBEAT_INTERVAL", "2",
            "BATCH_SIZE", "10000",
            "HTTP_PORT", "0",
            "LOG_LEVEL", "debug"));
    environment.putAll(
        Map.of(
            "LOG_FORMAT", "JSON",
            "DRY_RUN", "TRUE",
            "MAX_ACTION_TTL", "86400",
            "ACTION_PARALLELISM", "64",
            "ACTION_RETENTION", "60",
            "SPOOL_DIR", "/spool",
            "POD_NAME", "agent-0",
            "POD_NAMESPACE", "ml-optimizer"));

    AgentConfiguration read = read();

    assertThat(read.apiKey()).isEqualTo(new ApiKey.FromFile(apiKey));
    assertThat(read.signingKeys()).isEqualTo(new SigningKeys.FromDirectory(keys));
    assertThat(read.agentId()).isEqualTo("me");
    assertThat(read.tunables())
        .isEqualTo(
            new TunableSettings(
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                10_000,
                "DEBUG",
                true));
    assertThat(read.httpPort()).isZero();
    assertThat(read.logFormat()).isEqualTo(LogFormat.JSON);
    assertThat(read.dryRun()).isTrue();
    assertThat(read.maxActionTtl()).isEqualTo(Duration.ofDays(1));
    assertThat(read.actionParallelism()).isEqualTo(64);
    assertThat(read.actionRetention()).isEqualTo(Duration.ofMinutes(1));
    assertThat(read.spoolDirectory()).isEqualTo(Path.of("/spool"));
    assertThat(read.podName()).isEqualTo("agent-0");
    assertThat(read.podNamespace()).isEqualTo("ml-optimizer");
  }

  @Test
  void read_podNameWithoutAgentId_isTheAgentsId() {
    environment.put("POD_NAME", "agent-0");
    assertThat(read().agentId()).isEqualTo("agent-0");
  }

  @ParameterizedTest
  @EnumSource(Variable.class)
  void value_flagBeforeEnvironmentBeforeFile_forEveryVariable(Variable variable)
      throws IOException {
    Map<Variable, String> flag = Map.of(variable, "flag");
    Map<String, String> env = Map.of(variable.name(), "environment");
    file(variable.fileKey() + ": file");

    assertThat(ConfigurationSources.of(flag, env, file).value(variable)).contains("flag");
    assertThat(ConfigurationSources.of(Map.of(), env, file).value(variable))
        .contains("environment");
    assertThat(ConfigurationSources.of(Map.of(), Map.of(), file).value(variable)).contains("file");
    assertThat(ConfigurationSources.of(Map.of(), Map.of(), null).value(variable).orElse(null))
        .isEqualTo(variable.defaultValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n"})
  void value_empty_countsAsNone(String empty) throws IOException {
    file("cluster_id: file");
    environment.put("CLUSTER_ID", empty);
    environment.put("HTTP_PORT", empty);
    flags.put(Variable.CLUSTER_ID, empty);

    assertThat(read().clusterId()).isEqualTo("file");
    assertThat(read().httpPort()).isEqualTo(8080);
  }

  @Test
  void value_whiteSpaceAround_isCutExceptOfTheKey() {
    environment.put("CLUSTER_ID", " prod-1\n");
    assertThat(read().clusterId()).isEqualTo("prod-1");

    environment.put("SECRET_KEY", SECRET_KEY + "\n");
    assertThat(onlyProblem()).startsWith("SECRET_KEY begins or ends with white space");
  }

  @Test
  void read_nothingGiven_namesAllThatIsRequired() {
    environment.clear();
    assertThat(problems())
        .containsExactlyInAnyOrder(
            "BACKEND_URL is required",
            "BACKEND_WS_URL is required",
            "API_KEY or API_KEY_FILE is required",
            "SECRET_KEY or SECRET_KEY_DIR is required",
            "CLUSTER_ID is required");
  }

  @Test
  void read_everythingWrong_isOneReport() throws IOException {
    environment.putAll(
        Map.of(
            "BACKEND_URL", "backend",
            "BACKEND_WS_URL", "https://backend.example",
            "API_KEY", "with space",
            "SECRET_KEY", "short",
            "CLUSTER_ID", "a b",
            "HTTP_PORT", "65536",
            "BATCH_SIZE", "0",
            "DRY_RUN", "yes",
            "LOG_LEVEL", "loud",
            "AGENT_CLUSTER_ID", "x"));
    file("http_prt: 1");

    assertThat(problems())
        .hasSize(11)
        .anySatisfy(p -> assertThat(p).startsWith("BACKEND_URL 'backend'"))
        .anySatisfy(p -> assertThat(p).startsWith("BACKEND_WS_URL").contains("wss://HOST"))
        .anySatisfy(p -> assertThat(p).startsWith("API_KEY must be printable"))
        .anySatisfy(p -> assertThat(p).contains("5 bytes").contains("openssl rand -hex 32"))
        .anySatisfy(p -> assertThat(p).startsWith("CLUSTER_ID may have"))
        .anySatisfy(p -> assertThat(p).startsWith("HTTP_PORT").contains("0 to 65535"))
        .anySatisfy(p -> assertThat(p).startsWith("BATCH_SIZE").contains("1 to 10000"))
        .anySatisfy(p -> assertThat(p).startsWith("DRY_RUN must be one of true, false"))
        .anySatisfy(p -> assertThat(p).startsWith("LOG_LEVEL must be one of DEBUG"))
        .anySatisfy(p -> assertThat(p).endsWith("did you mean CLUSTER_ID?"))
        .anySatisfy(p -> assertThat(p).endsWith("did you mean http_port?"));
  }

  @ParameterizedTest
  @CsvSource({
    "AGENT_BACKEND_URL, BACKEND_URL",
    "AGENT_HTTP_PORT, HTTP_PORT",
    "AGENT_SECRET_KEY_DIR, SECRET_KEY_DIR",
    "AGENT_IDD, AGENT_ID",
    "AGENT_DRYRUN, DRY_RUN"
  })
  void environment_unknownNameOfOurs_isAProblemWithAHint(String name, String meant) {
    environment.put(name, "value-that-is-not-shown");
    assertThat(onlyProblem())
        .isEqualTo("unknown variable " + name + "; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "PROTECTED_NAMESPACE, PROTECTED_NAMESPACES",
    "ALLOWED_ACTION, ALLOWED_ACTIONS",
    "MAX_EVICTION_PER_MINUTE, MAX_EVICTIONS_PER_MINUTE",
    "PROTECTED_NAMESPCAES, PROTECTED_NAMESPACES",
    "MAX_REPLICA, MAX_REPLICAS",
    "BACKEND_URI, BACKEND_URL",
    "max_replicas, MAX_REPLICAS"
  })
  void environment_misspeltBeyondDoubt_isAProblemWithAHint(String name, String meant) {
    environment.put(name, "value-that-is-not-shown");
    assertThat(onlyProblem())
        .isEqualTo("unknown variable " + name + "; did you mean " + meant + "?");
  }

  /** What else is in a pod's environment, some of it near to a name of ours. */
  @ParameterizedTest
  @CsvSource({
    "HTTP_PROXY, http://proxy:3128",
    "HTTPS_PORT, 8443",
    "HTTP_PORTS, 8080",
    "HTTP_HOST, example.org",
    "LOGLEVEL, debug",
    "LOG_FILE, /var/log/a",
    "POD_IP, 10.0.0.1",
    "NODE_NAME, a",
    "API_KEYS_URL, https://keys.example",
    "SECRET_ID, a",
    "BATCH_SIZES_PORT, tcp://10.0.0.1:80",
    "BACKEND_URLS, tcp://10.0.0.1:80"
  })
  void environment_ofOtherPrograms_isNobodysBusiness(String name, String value) {
    environment.put(name, value);
    assertThat(problems()).isEmpty();
  }

  @Test
  void environment_unknownNameLikeNothing_isAProblemWithoutAHint() {
    environment.put("AGENT_SOMETHING_ENTIRELY_ELSE", "x");
    assertThat(onlyProblem()).isEqualTo("unknown variable AGENT_SOMETHING_ENTIRELY_ELSE");
  }

  @ParameterizedTest
  @CsvSource({
    "AGENT_SERVICE_HOST, 10.0.0.1",
    "AGENT_SERVICE_PORT, 8080",
    "AGENT_SERVICE_PORT_HTTP, 8080",
    "AGENT_PORT, tcp://10.0.0.1:8080",
    "AGENT_HTTP_PORT, tcp://10.0.0.1:8080",
    "AGENT_PORT_8080_TCP, tcp://10.0.0.1:8080",
    "AGENT_PORT_8080_TCP_PROTO, tcp",
    "AGENT_PORT_8080_TCP_PORT, 8080",
    "AGENT_PORT_53_UDP_ADDR, 10.0.0.1",
    "AGENT_BACKEND_SERVICE_HOST, 10.0.0.1",
    "AGENT_BACKEND_PORT_443_TCP_ADDR, 10.0.0.1"
  })
  void environment_whatKubernetesSetsForServices_isTolerated(String name, String value) {
    environment.put(name, value);
    assertThat(problems()).isEmpty();
  }

  @Test
  void file_keysInAnyStyle_areTaken() throws IOException {
    environment.clear();
    file(
        """
        # a comment
        backendUrl: https://b.example
        backend-ws-url: wss://b.example/ws
        API_KEY: key
        secret_key: '01234567890123456789012345678901'
        cluster_id: 0123
        agent_id: 2026-11-01
        spool_dir: ~
        dry_run: true
        http_port: 9090
        """);
    AgentConfiguration read = read();

    assertThat(read.clusterId()).isEqualTo("0123");
    assertThat(read.agentId()).isEqualTo("2026-11-01");
    assertThat(read.dryRun()).isTrue();
    assertThat(read.httpPort()).isEqualTo(9090);
    assertThat(read.backendWsUrl()).hasHost("b.example");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "null\n", "{}\n"})
  void file_empty_isNoProblem(String yaml) throws IOException {
    file(yaml);
    assertThat(problems()).isEmpty();
  }

  @Test
  void file_thatCannotBeUsed_isAProblem() throws IOException {
    file = folder.resolve("none.yaml");
    assertThat(onlyProblem()).startsWith("cannot read the configuration file");
    file("- a\n- b\n");
    assertThat(onlyProblem()).contains("must be a YAML mapping");
    file("http_port: [1]\n");
    assertThat(onlyProblem()).contains("http_port").contains("single value");
    file("httpPort: 1\nhttp_port: 2\n");
    assertThat(onlyProblem()).contains("key http_port is given twice");
    file("? [a, b]\n: c\n");
    assertThat(onlyProblem()).startsWith("unknown key");
    Files.write(file, "cluster_id: \u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(onlyProblem()).startsWith("cannot read the configuration file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api_key: *s3cr3t\n",
        "api_key: s3cr3t: x\n",
        "api_key: @s3cr3t\n",
        "api_key: \"s3cr3t\n",
        "api_key: !!java.io.File [s3cr3t\n"
      })
  void file_notYaml_isSaidWithTheLineButWithoutItsContent(String line) throws IOException {
    file("\n" + line);
    assertThat(onlyProblem()).contains("is not YAML, see line ").doesNotContain("s3cr3t");
  }

  @Test
  void file_tagOfAType_isRefused() throws IOException {
    file("cluster_id: !!java.net.URL http://evil.example\n");
    assertThat(onlyProblem()).contains("is not YAML, see line 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST",
        "localhost:8080",
        "127.0.0.1",
        "127.255.255.254:1",
        "[::1]",
        "[::1]:8080",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]"
      })
  void read_plainTransportToLoopback_isAllowed(String host) {
    environment.put("BACKEND_URL", "http://" + host);
    environment.put("BACKEND_WS_URL", "ws://" + host + "/ws");
    assertThat(problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil.localhost",
        "localhost.",
        "127.evil.example",
        "128.0.0.1",
        "0127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::]",
        "[::2]",
        "[fe80::1]",
        "xn--localhost-",
        "backend.example"
      })
  void read_plainTransportToAnywhereElse_isRefused(String host) {
    environment.put("BACKEND_URL", "http://" + host);
    environment.put("BACKEND_WS_URL", "ws://" + host);

    assertThat(problems())
        .hasSize(2)
        .allSatisfy(
            problem -> assertThat(problem).containsAnyOf("not encrypted", "is not an address"));
  }

  @Test
  void read_insecureTransportAllowed_isTaken() {
    environment.put("BACKEND_URL", "http://backend.example");
    environment.put("BACKEND_WS_URL", "ws://backend.example");
    ConfigurationSources sources = ConfigurationSources.of(flags, environment, null);

    assertThat(ConfigurationReader.read(sources, true).backendUrl()).hasScheme("http");
    assertThatThrownBy(() -> ConfigurationReader.read(sources, false))
        .hasMessageContaining("--insecure-transport");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "backend",
        "backend.example:443",
        "//backend.example",
        "https://",
        "https:///path",
        "https:backend",
        "ftp://backend.example",
        "wss://backend.example",
        "file:///etc/passwd",
        "https://backend.example?x=1",
        "https://backend.example#x",
        "https://back end",
        "https://backend.example:0",
        "https://backend.example:65536",
        "https://backend.example:port",
        "https://back_end",
        "http://localhost@evil.example",
        "http://localhost\\@evil.example"
      })
  void read_backendUrlThatIsNone_isRefused(String url) {
    environment.put("BACKEND_URL", url);
    assertThat(onlyProblem())
        .startsWith("BACKEND_URL '")
        .endsWith("is not an address of the form https://HOST[:PORT][/PATH]");
  }

  @Test
  void read_passwordInAnAddress_isRefusedAndMasked() {
    environment.put("BACKEND_URL", "https://user:s3cr3t@backend.example");
    assertThat(onlyProblem()).contains("//***@backend.example").doesNotContain("s3cr3t");
    environment.put("BACKEND_URL", "https://user:s3/cr3t@backend.example");
    assertThat(onlyProblem()).doesNotContain("s3/cr3t").doesNotContain("cr3t");
  }

  @Test
  void read_bothFormsOfAKey_areRefused() throws IOException {
    Files.writeString(folder.resolve("k"), SECRET_KEY);
    environment.put("API_KEY_FILE", folder.resolve("k").toString());
    environment.put("SECRET_KEY_DIR", folder.toString());

    assertThat(problems())
        .containsExactlyInAnyOrder(
            "set API_KEY or API_KEY_FILE, not both", "set SECRET_KEY or SECRET_KEY_DIR, not both");
  }

  @Test
  void read_keyFilesThatCannotBeUsed_areNamed() throws IOException {
    environment.keySet().removeAll(List.of("API_KEY", "SECRET_KEY"));
    environment.put("API_KEY_FILE", folder.resolve("none").toString());
    environment.put("SECRET_KEY_DIR", folder.resolve("none").toString());
    assertThat(problems())
        .hasSize(2)
        .anySatisfy(p -> assertThat(p).startsWith("API_KEY_FILE: cannot read"))
        .anySatisfy(p -> assertThat(p).startsWith("SECRET_KEY_DIR").endsWith("is not a folder"));

    Path keys = Files.createDirectory(folder.resolve("keys"));
    environment.put("SECRET_KEY_DIR", keys.toString());
    environment.put("API_KEY_FILE", "a\0b");
    assertThat(problems())
        .anySatisfy(p -> assertThat(p).startsWith("API_KEY_FILE is not a path"))
        .anySatisfy(p -> assertThat(p).contains("there is no key in"));

    Files.writeString(keys.resolve("2026-11"), "short-secret");
    assertThat(problems())
        .anySatisfy(p -> assertThat(p).contains("'2026-11' has 12 bytes"))
        .noneSatisfy(p -> assertThat(p).contains("short-secret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "+1", "1.0", "1e1", "0x1", "3601", "99999999999", "abc", "١"})
  void read_intervalOutOfBounds_isRefused(String value) {
    environment.put("COLLECTION_INTERVAL", value);
    assertThat(onlyProblem())
        .isEqualTo(
            "COLLECTION_INTERVAL must be a whole number (seconds) from 1 to 3600, not '"
                + value
                + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/b", "A", "-a", "a%2fb"})
  void read_podThatIsNoName_isRefused(String name) {
    environment.put("POD_NAMESPACE", name);
    assertThat(onlyProblem()).isEqualTo("POD_NAMESPACE is not a Kubernetes name");
    environment.remove("POD_NAMESPACE");
    environment.put("POD_NAME", name);
    environment.put("AGENT_ID", "me");
    assertThat(onlyProblem()).isEqualTo("POD_NAME is not a Kubernetes name");
  }

  @Test
  void toString_ofAConfiguration_showsNoSecret() {
    assertThat(read().toString())
        .contains("***")
        .doesNotContain(API_KEY)
        .doesNotContain(SECRET_KEY);
    assertThat(new Secret("x")).hasToString("***");
    environment.put("SECRET_KEY", "short-secret");
    environment.put("API_KEY", "s3cr3t key");
    assertThat(problems())
        .hasSize(2)
        .noneMatch(p -> p.contains("short-secret") || p.contains("s3cr3t"));
  }

  @Test
  void variables_secrets_areTheTwoKeys() {
    assertThat(Variable.values())
        .filteredOn(Variable::isSecret)
        .containsExactly(Variable.API_KEY, Variable.SECRET_KEY);
    assertThat(Variable.BACKEND_WS_URL.flag()).isEqualTo("--backend-ws-url");
    assertThat(Variable.BACKEND_WS_URL.fileKey()).isEqualTo("backend_ws_url");
  }
}
