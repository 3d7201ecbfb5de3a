package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import com.mloptimizer.agent.main.permission.Feature;
import com.mloptimizer.agent.main.permission.FeatureCatalog;
import com.mloptimizer.agent.main.permission.Permission;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart grants what the agent's catalogue asks for, feature by feature, and nothing else. */
@Timeout(60)
class ChartRolesTest {
  private static final List<Manifest> MANIFESTS = Chart.render(Map.of());

  static Stream<Feature> features() {
    return FeatureCatalog.features(Chart.NAMESPACE, EnumSet.allOf(ActionType.class)).stream();
  }

  @ParameterizedTest
  @MethodSource("features")
  void roles_feature_grantExactlyWhatItNeeds(Feature feature) {
    Set<String> needed = new TreeSet<>();
    feature.permissions().stream()
        .filter(permission -> permission.namespace().isEmpty())
        .map(Permission::toString)
        .forEach(needed::add);

    assertThat(granted(clusterRole(roleName(feature.name())), "")).isEqualTo(needed);
  }

  @Test
  void roles_ownNamespace_grantExactlyWhatTheFeaturesNeedThere() {
    Set<String> needed = new TreeSet<>();
    Stream.concat(
            features(),
            Stream.of(
                FeatureCatalog.leaderElection(Chart.NAMESPACE, Chart.RELEASE),
                FeatureCatalog.guardrails(
                    Chart.NAMESPACE, true, GuardrailConfiguration.standard())))
        .flatMap(feature -> feature.permissions().stream())
        .filter(permission -> permission.namespace().equals(Chart.NAMESPACE))
        .map(Permission::toString)
        .forEach(needed::add);

    assertThat(granted(Manifest.only(MANIFESTS, "Role"), Chart.NAMESPACE)).isEqualTo(needed);
  }

  @Test
  void roles_every_haveAFeature() {
    Set<String> known = new HashSet<>();
    Stream.of("metrics", "events", "journal").map(ChartRolesTest::roleName).forEach(known::add);
    actions().map(action -> roleName(action.capability())).forEach(known::add);

    assertThat(MANIFESTS.stream().filter(m -> m.kind().equals("ClusterRole")).map(Manifest::name))
        .allMatch(known::contains);
  }

  @Test
  void roles_every_haveNoWildcardAndReadNoSecret() {
    assertThat(MANIFESTS)
        .filteredOn(m -> m.kind().endsWith("Role"))
        .allSatisfy(role ->
            assertThat(role.list("rules").toString())
                .doesNotContain("*", "secrets", "impersonate", "escalate", "bind", "pods/exec"));
  }

  @Test
  void roles_bound_areBoundToTheAgentsAccountOnly() {
    assertThat(MANIFESTS)
        .filteredOn(m -> m.kind().endsWith("RoleBinding") || m.kind().equals("RoleBinding"))
        .hasSize((int) MANIFESTS.stream().filter(m -> m.kind().endsWith("Role")).count())
        .allSatisfy(binding ->
            assertThat(binding.list("subjects").toString())
                .isEqualTo("[{kind=ServiceAccount, name=ml-agent, namespace=ml-optimizer}]"));
  }

  static Stream<ActionType> actions() {
    return Stream.of(ActionType.values()).filter(type -> type != ActionType.CANCEL_ACTION);
  }

  @ParameterizedTest
  @MethodSource("actions")
  void roles_actionDisabled_loseItsRoleAndTheAgentItsLeave(ActionType action) {
    List<Manifest> manifests =
        Chart.render(Map.of("actions." + camelCase(action.wireName()) + ".enabled", false));

    assertThat(manifests).extracting(Manifest::name).doesNotContain(roleName(action.capability()));
    assertThat(
            manifests.stream()
                .filter(m -> m.name().equals("ml-agent-guardrails"))
                .map(m -> m.string("data", "guardrails.yaml"))
                .findFirst()
                .orElseThrow())
        .doesNotContain("\"" + action.wireName() + "\"");
  }

  private static Manifest clusterRole(String name) {
    return MANIFESTS.stream()
        .filter(m -> m.kind().equals("ClusterRole") && m.name().equals(name))
        .findFirst()
        .orElse(new Manifest(Map.of("rules", List.of())));
  }

  private static String roleName(String feature) {
    return "ml-agent-" + feature.replace("action:", "").replace('_', '-');
  }

  private static String camelCase(String wireName) {
    StringBuilder name = new StringBuilder();
    for (String word : wireName.split("_", -1)) {
      name.append(
          name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return name.toString();
  }

  /** The empty name stands for all. */
  private static List<?> names(Manifest rule) {
    return rule.optional("resourceNames") instanceof List<?> names ? names : List.of("");
  }

  private static Set<String> granted(Manifest role, String namespace) {
    Set<String> granted = new TreeSet<>();
    role.items("rules")
        .forEach(rule -> {
          for (Object group : rule.list("apiGroups")) {
            for (Object resource : rule.list("resources")) {
              for (Object verb : rule.list("verbs")) {
                for (Object name : names(rule)) {
                  granted.add(
                      new Permission(
                              verb.toString(),
                              group.toString(),
                              resource.toString(),
                              namespace,
                              name.toString())
                          .toString());
                }
              }
            }
          }
        });
    return granted;
  }
}
