package com.mloptimizer.agent.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardrailConfigurationTest {
  private final Map<Variable, String> flags = new HashMap<>();
  private final Map<String, String> environment =
      new HashMap<>(
          Map.of(
              "BACKEND_URL", "https://backend.example",
              "BACKEND_WS_URL", "wss://backend.example/ws",
              "API_KEY", "key",
              "SECRET_KEY", "0123456789abcdef0123456789abcdef",
              "CLUSTER_ID", "prod-1"));

  @TempDir private Path folder;
  private @Nullable Path configurationFile;

  private GuardrailConfiguration read() {
    ConfigurationSources sources = ConfigurationSources.of(flags, environment, configurationFile);
    return ConfigurationReader.read(sources, false).guardrails();
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
    Path file = Files.writeString(folder.resolve("guardrails.yaml"), yaml);
    environment.put("GUARDRAILS_FILE", file.toString());
  }

  @Test
  void read_nothingGiven_isTheStandard() {
    assertThat(read()).isEqualTo(GuardrailConfiguration.standard());
    assertThat(read())
        .hasToString(
            "{allowed_actions=all, protected_namespaces=kube-system, protected_selector=none,"
                + " max_concurrent_drains=1, max_evictions_per_minute=30,"
                + " max_unavailable_nodes=no limit, max_replicas=no limit, freeze_schedules=none}");
  }

  @Test
  void read_wholeFile_isTaken() throws IOException {
    file(
        """
        allowed_actions: [drain_node, CORDON_NODE, cancel_action]
        protected_namespaces:
          - kube-system
          - payments
        protected_selector: tier in (critical, data), !canary
        max_concurrent_drains: 2
        max_evictions_per_minute: 60
        max_unavailable_nodes: 10%
        max_replicas: 50
        freeze_schedules:
          - name: nights
            from_time: 22:00
            to_time: 06:30
            weekdays: [mon, Tuesday, FRI]
            time_zone: Europe/Berlin
          - {name: closing, from_time: "00:00", to_time: "24:00", weekdays: sun}
        """);
    GuardrailConfiguration read = read();

    assertThat(read.allowedActions())
        .containsExactlyInAnyOrder(
            ActionType.DRAIN_NODE, ActionType.CORDON_NODE, ActionType.CANCEL_ACTION);
    assertThat(read.protectedNamespaces()).containsExactlyInAnyOrder("kube-system", "payments");
    assertThat(read.protectedSelector())
        .isEqualTo(LabelSelector.parse("tier in (data,critical),!canary"));
    assertThat(read.maxConcurrentDrains()).isEqualTo(2);
    assertThat(read.maxEvictionsPerMinute()).isEqualTo(60);
    assertThat(read.maxUnavailableNodes()).isEqualTo(new NodeLimit.Percentage(10));
    assertThat(read.maxReplicas()).isEqualTo(50);
    assertThat(read.freezeSchedules())
        .containsExactly(
            new FreezeSchedule(
                "nights",
                LocalTime.of(22, 0),
                LocalTime.of(6, 30),
                EnumSet.of(DayOfWeek.MONDAY, DayOfWeek.TUESDAY, DayOfWeek.FRIDAY),
                ZoneId.of("Europe/Berlin")),
            new FreezeSchedule(
                "closing",
                LocalTime.MIDNIGHT,
                LocalTime.MIDNIGHT,
                Set.of(DayOfWeek.SUNDAY),
                ZoneId.of("UTC")));
    assertThat(read.settings().get("freeze_schedules"))
        .isEqualTo(
            "nights (Mon, Tue, Fri 22:00-06:30 Europe/Berlin); closing (Sun 00:00-00:00 UTC)");
  }

  @Test
  void read_flagBeforeEnvironmentBeforeFile_forEachGuardrail() throws IOException {
    file("max_replicas: 1\nmax_concurrent_drains: 1\nmax_evictions_per_minute: 1\n");
    environment.put("MAX_CONCURRENT_DRAINS", "2");
    environment.put("MAX_EVICTIONS_PER_MINUTE", "2");
    flags.put(Variable.MAX_EVICTIONS_PER_MINUTE, "3");
    GuardrailConfiguration read = read();

    assertThat(read.maxReplicas()).isEqualTo(1);
    assertThat(read.maxConcurrentDrains()).isEqualTo(2);
    assertThat(read.maxEvictionsPerMinute()).isEqualTo(3);
  }

  @Test
  void read_fileNamedByFlagOrConfigurationFile_isReadToo() throws IOException {
    Path guardrails = Files.writeString(folder.resolve("g.yaml"), "max_replicas: 7\n");
    configurationFile =
        Files.writeString(folder.resolve("agent.yaml"), "guardrails_file: " + guardrails + "\n");
    assertThat(read().maxReplicas()).isEqualTo(7);
    environment.put("GUARDRAILS_FILE", " ");
    assertThat(read().maxReplicas()).isEqualTo(7);
    configurationFile = null;
    flags.put(Variable.GUARDRAILS_FILE, guardrails.toString());
    assertThat(read().maxReplicas()).isEqualTo(7);
  }

  @Test
  void read_sameKeyInBothFiles_isAProblem() throws IOException {
    file("max_replicas: 7\n");
    configurationFile = Files.writeString(folder.resolve("agent.yaml"), "max_replicas: 8\n");
    assertThat(onlyProblem()).startsWith("max_replicas is given in the configuration file and in ");
  }

  @ParameterizedTest
  @CsvSource({
    "ALLOWED_ACTIONS, none, allowed_actions, none",
    "ALLOWED_ACTIONS, 'drain_node, evict_pod', allowed_actions, 'drain_node,evict_pod'",
    "ALLOWED_ACTIONS, All, allowed_actions, all",
    "PROTECTED_NAMESPACES, none, protected_namespaces, none",
    "PROTECTED_NAMESPACES, 'b, a', protected_namespaces, 'a,b'",
    "PROTECTED_SELECTOR, app=web, protected_selector, app=web",
    "MAX_UNAVAILABLE_NODES, 0, max_unavailable_nodes, 0",
    "MAX_UNAVAILABLE_NODES, 0%, max_unavailable_nodes, 0%",
    "MAX_UNAVAILABLE_NODES, 100%, max_unavailable_nodes, 100%",
    "MAX_REPLICAS, 1000000, max_replicas, 1000000",
    "MAX_EVICTIONS_PER_MINUTE, 10000, max_evictions_per_minute, 10000",
  })
  void environment_values_areTaken(String name, String value, String setting, String shown) {
    environment.put(name, value);
    assertThat(read().settings()).containsEntry(setting, shown);
  }

  @Test
  void file_emptyLists_meanNone() throws IOException {
    file("allowed_actions: []\nprotected_namespaces: []\nfreeze_schedules: []\n");
    assertThat(read().allowedActions()).isEmpty();
    assertThat(read().protectedNamespaces()).isEmpty();
  }

  @Test
  void file_nothingInIt_isTheStandard() throws IOException {
    file("allowed_actions:\nfreeze_schedules: ~\n");
    assertThat(read()).isEqualTo(GuardrailConfiguration.standard());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ALLOWED_ACTIONS | drain_nod | 'drain_nod' is not a type of action; did you mean drain_node?",
        "ALLOWED_ACTIONS | drain_node, | '' is not a type of action",
        "ALLOWED_ACTIONS | all,drain_node | 'all' is not a type of action",
        "PROTECTED_NAMESPACES | Kube-System | 'Kube-System' is not the name of a namespace",
        "PROTECTED_NAMESPACES | a b | 'a b' is not the name of a namespace",
        "PROTECTED_NAMESPACES | a,,b | '' is not the name of a namespace",
        "PROTECTED_NAMESPACES | kube-* | 'kube-*' is not the name of a namespace",
        "PROTECTED_SELECTOR | app=web= | is not a label selector",
        "MAX_CONCURRENT_DRAINS | 0 | must be a whole number from 1 to 1000, not '0'",
        "MAX_CONCURRENT_DRAINS | -1 | must be a whole number from 1 to 1000, not '-1'",
        "MAX_EVICTIONS_PER_MINUTE | 10001 | must be a whole number from 1 to 10000, not '10001'",
        "MAX_EVICTIONS_PER_MINUTE | many | must be a whole number from 1 to 10000, not 'many'",
        "MAX_UNAVAILABLE_NODES | 101% | from 0% to 100%, not '101%'",
        "MAX_UNAVAILABLE_NODES | 1.5 | from 0% to 100%, not '1.5'",
        "MAX_UNAVAILABLE_NODES | -1 | from 0% to 100%, not '-1'",
        "MAX_UNAVAILABLE_NODES | 10 % | from 0% to 100%, not '10 %'",
        "MAX_UNAVAILABLE_NODES | 99999999999 | from 0% to 100%, not '99999999999'",
        "MAX_REPLICAS | 0 | must be a whole number from 1 to 1000000, not '0'",
        "GUARDRAILS_FILE | /nonexistent/g.yaml | cannot read the guardrails file /nonexistent/g.yaml",
      })
  void environment_wrongValue_isNamed(String name, String value, String problem) {
    environment.put(name, value);
    assertThat(onlyProblem()).contains(problem);
    if (!name.equals("GUARDRAILS_FILE")) {
      assertThat(onlyProblem()).startsWith(name);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "max_replica: 1 | unknown key max_replica in ; did you mean max_replicas?",
        "backend_url: x | unknown key backend_url in ",
        "{max_replicas: 1, maxReplicas: 2} | key max_replicas is given twice in ",
        "- a | must be a YAML mapping of keys to values",
        "max_replicas: [1] | max_replicas must have a single value",
        "max_replicas: '5' x | is not YAML, see line 1",
        "allowed_actions: {a: b} | allowed_actions must have a single value",
        "allowed_actions: [[a]] | allowed_actions must be a list of names",
        "protected_namespaces: [~] | protected_namespaces must be a list of names",
        "freeze_schedules: night | freeze_schedules must be a list",
        "freeze_schedules: [night] | freeze_schedules[0] must be a mapping with name, from_time",
      })
  void file_thatCannotBeUsed_isNamed(String yaml, String problem) throws IOException {
    file(yaml + "\n");
    String name = folder.resolve("guardrails.yaml").toString();
    assertThat(onlyProblem().replace(name, "")).contains(problem);
    assertThat(onlyProblem()).contains(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "name: n | [0].from_time is required, [0].to_time is required",
        "{from_time: 1:00, to_time: 02:00} | [0].name is required, '1:00' is not a time",
        "{name: n, from_time: 25:00, to_time: 02:00} | '25:00' is not a time of the form 08:00",
        "{name: n, from_time: 24:00, to_time: 02:00} | from_time '24:00' is not a time",
        "{name: n, from_time: 01:00, to_time: 02:60} | '02:60' is not a time",
        "{name: n, from_time: 01:00, to_time: [a]} | [0].to_time must have a single value",
        "{name: ' ', from_time: 01:00, to_time: 02:00} | [0].name must have a single value",
        "{name: n, from_time: 01:00, to_time: 02:00, weekdays: [] } | must be a list of days",
        "{name: n, from_time: 01:00, to_time: 02:00, weekdays: {} } | must be a list of days",
        "{name: n, from_time: 01:00, to_time: 02:00, weekdays: [m]} | 'm' is not a day",
        "{name: n, from_time: 01:00, to_time: 02:00, weekdays: [1]} | '1' is not a day",
        "{name: n, from_time: 01:00, to_time: 02:00, weekdays: mon-fri} | 'mon-fri' is not a day",
        "{name: n, from_time: 01:00, to_time: 02:00, time_zone: Europe/Berlyn} |"
            + " did you mean Europe/Berlin?",
        "{name: n, from_time: 01:00, to_time: 02:00, time_zone: Mars} | 'Mars' is not a time zone",
        "{name: n, from_time: 01:00, to_time: 02:00, timezone: UTC} | did you mean time_zone?",
        "{name: n, from_time: 01:00, to_time: 02:00, name: m} | key name is given twice",
      })
  void file_freezeScheduleWrong_isNamed(String schedule, String problems) throws IOException {
    file("freeze_schedules:\n- " + schedule + "\n");
    String all = String.join("\n", problems());
    for (String problem : problems.split(", ", -1)) {
      assertThat(all).contains(problem.strip());
    }
    assertThat(all).contains("freeze_schedules[0]");
  }

  @Test
  void file_twoSchedulesOfOneName_areAProblem() throws IOException {
    String schedule = "- {name: n, from_time: 01:00, to_time: 02:00}\n";
    file("freeze_schedules:\n" + schedule + schedule);
    assertThat(onlyProblem()).startsWith("freeze_schedules[1].name 'n' is another schedule's, too");
  }

  @Test
  void read_everythingWrong_isOneReport() throws IOException {
    file("max_replicas: x\nfreeze_schedules: [{name: a}]\nnonsense: 1\n");
    environment.put("PROTECTED_SELECTOR", "=");
    flags.put(Variable.ALLOWED_ACTIONS, "x,y");
    assertThat(problems()).hasSize(7);
  }

  @ParameterizedTest
  @CsvSource({
    "10, 0, 1",
    "10, 9, 1",
    "10, 10, 1",
    "10, 19, 1",
    "10, 20, 2",
    "10, 5000, 500",
    "100, 3, 3",
    "0, 100, 0",
    "1, 99, 1",
    "33, 3, 1",
    "34, 3, 1",
    "67, 3, 2",
    "50, 3, 1",
  })
  void percentage_ofNodes_isRoundedDownButAtLeastOne(int percent, int nodes, int limit) {
    assertThat(new NodeLimit.Percentage(percent).of(nodes)).isEqualTo(limit);
  }
}
