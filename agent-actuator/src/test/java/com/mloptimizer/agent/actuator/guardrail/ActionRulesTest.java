package com.mloptimizer.agent.actuator.guardrail;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.action.ActionParsing;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.config.FreezeSchedule;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.core.kubernetes.LabelSelector;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActionRulesTest {
  private static final Instant SATURDAY = Instant.parse("2026-11-21T12:00:00Z");

  private static final GuardrailConfiguration CONFIGURATION =
      new GuardrailConfiguration(
          Set.of(
              ActionType.EVICT_POD,
              ActionType.SCALE_WORKLOAD,
              ActionType.UPDATE_DEPLOYMENT,
              ActionType.LABEL_RESOURCE),
          Set.of("kube-system", "payments"),
          LabelSelector.parse("tier=critical"),
          1,
          30,
          null,
          10,
          List.of(
              new FreezeSchedule(
                  "weekend",
                  LocalTime.MIDNIGHT,
                  LocalTime.MIDNIGHT,
                  Set.of(DayOfWeek.SATURDAY),
                  ZoneOffset.UTC)));

  private static ActionRules rules(@Nullable String ownNamespace) {
    return new ActionRules(CONFIGURATION, ownNamespace);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "drain_node | {'node_name':'n'} | allowed_actions",
        "evict_pod | {'namespace':'shop','pod_name':'p'} | -",
        "evict_pod | {'namespace':'payments','pod_name':'p'} | protected_namespaces",
        "evict_pod | {'namespace':'agent','pod_name':'p'} | own_namespace",
        "label_resource | {'kind':'Node','name':'payments','labels':{'a':'b'}} | -",
        "label_resource | {'kind':'Namespace','name':'payments','labels':{'a':'b'}}"
            + " | protected_namespaces",
        "label_resource | {'kind':'Namespace','name':'agent','labels':{'a':'b'}} | own_namespace",
        "scale_workload | {'kind':'Deployment','namespace':'shop','name':'w','replicas':10} | -",
        "scale_workload | {'kind':'Deployment','namespace':'shop','name':'w','replicas':11}"
            + " | max_replicas",
        "update_deployment | {'namespace':'shop','deployment_name':'w','replicas':11}"
            + " | max_replicas",
        "update_deployment | {'namespace':'shop','deployment_name':'w','image':'i'} | -",
        "cancel_action | {'action_id':'a'} | -",
      })
  void forbidding_action_namesTheRule(String type, String parameters, String rule) {
    assertThat(rules("agent").forbidding(action(type, parameters)).map(v -> v.rule().label()))
        .isEqualTo(rule.equals("-") ? Optional.empty() : Optional.of(rule));
  }

  @Test
  void forbidding_outsideOfACluster_thereIsNoOwnNamespace() {
    assertThat(rules(null).forbidding(action("evict_pod", "{'namespace':'agent','pod_name':'p'}")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "shop, app=web, false, -",
    "shop, tier=critical, false, protected_selector",
    "payments, app=web, false, protected_namespaces",
    "payments, app=web, true, -",
    "payments, tier=critical, true, protected_selector",
    "agent, app=web, false, -",
  })
  void forbiddingEviction_ofAPodOfADrainedNode_sparesTheAgentsOwn(
      String namespace, String label, boolean own, String rule) {
    String[] parts = label.split("=", 2);
    assertThat(
            rules("agent")
                .forbiddingEviction(namespace, "p", Map.of(parts[0], parts[1]), own)
                .map(v -> v.rule().label())
                .orElse("-"))
        .isEqualTo(rule);
  }

  @Test
  void freezing_inTheWindow_holdsForAllButCancel() {
    Action evict = action("evict_pod", "{'namespace':'shop','pod_name':'p'}");
    assertThat(rules(null).freezing(evict, SATURDAY).orElseThrow())
        .hasToString("guardrail freeze_schedules: weekend until 2026-11-22T00:00:00Z");
    assertThat(rules(null).freezing(evict, SATURDAY.plus(Duration.ofHours(12)))).isEmpty();
    assertThat(rules(null).freezing(action("cancel_action", "{'action_id':'a'}"), SATURDAY))
        .isEmpty();
  }

  private static Action action(String type, String parameters) {
    String payload =
        """
        {"id": "a", "cluster_id": "c", "type": "%s", "parameters": %s,
         "issued_at": "2026-11-21T12:00:00Z", "expires_at": "2026-11-21T12:10:00Z"}
        """
            .formatted(type, parameters.replace('\'', '"'));
    ActionParsing parsing =
        new ActionParser("c", Duration.ofHours(1))
            .parse(payload.getBytes(StandardCharsets.UTF_8), InstantSource.fixed(SATURDAY));
    return ((ActionParsing.Accepted) parsing).action();
  }
}
