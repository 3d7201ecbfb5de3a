package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionParameters.DrainNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class DrainPlanTest {
  private static final String CONTROLLED = "own:ReplicaSet";

  /**
   * Pods are lists of traits; flags are f (force), e (delete_emptydir_data), d (ignore_daemonsets
   * is false).
   */
  @ParameterizedTest
  @CsvSource({
    "own:ReplicaSet, '', evict",
    "own:StatefulSet, '', evict",
    "'', '', refuse", // nobody would replace it
    "'', f, evict",
    "mirror, '', skip",
    "mirror own:Node, f, skip",
    "phase:Succeeded, '', evict",
    "phase:Failed emptyDir, '', evict",
    "phase:Pending, '', refuse",
    "own:DaemonSet, '', skip",
    "own:DaemonSet, f, skip",
    "own:DaemonSet, d, refuse",
    "own:DaemonSet, fd, refuse",
    "own:DaemonSet phase:Failed, '', evict",
    "own:DaemonSet emptyDir, '', skip",
    "lost:DaemonSet, '', refuse",
    "lost:DaemonSet, f, evict",
    "own:ReplicaSet emptyDir, '', refuse",
    "own:ReplicaSet emptyDir, f, refuse", // force does not lose data
    "own:ReplicaSet emptyDir, e, evict",
    "emptyDir, e, refuse",
    "emptyDir, fe, evict",
    "own:ReplicaSet unsafe, '', refuse",
    "own:ReplicaSet unsafe, f, evict",
    "own:ReplicaSet undisrupted, '', refuse",
    "own:ReplicaSet undisrupted, f, evict",
    "terminating, '', evict", // it goes anyway; the drain waits for it
    "terminating emptyDir unsafe, '', evict",
  })
  void of_onePod_decidesByItsTraits(String traits, String flags, String verdict) {
    DrainPlan plan = plan(flags, Set.of(), pod("one", traits));
    String decided =
        !plan.evict().isEmpty() ? "evict" : !plan.skipped().isEmpty() ? "skip" : "refuse";
    assertThat(decided).isEqualTo(verdict);
    assertThat(plan.isPermitted()).isEqualTo(!verdict.equals("refuse"));
  }

  @Test
  void of_severalRanks_ordinaryThenCriticalThenReturningThenOurs() {
    DrainPlan plan =
        plan(
            "",
            Set.of(),
            pod("agent", CONTROLLED + " critical"),
            pod("returning", CONTROLLED + " tolerates:"),
            pod("critical", CONTROLLED + " critical"),
            pod("web", CONTROLLED));
    assertThat(plan.evict().stream().map(LiveObject::name))
        .containsExactly("web", "critical", "returning", "agent");
  }

  @ParameterizedTest
  @CsvSource({
    "operator=Exists, true",
    "operator=Exists effect=NoSchedule, true",
    "operator=Exists effect=NoExecute, false",
    "key=node.kubernetes.io/unschedulable operator=Exists, true",
    "key=node.kubernetes.io/unschedulable operator=Exists effect=NoSchedule, true",
    "key=node.kubernetes.io/unschedulable, true",
    "key=node.kubernetes.io/unschedulable value=x, false",
    "key=node.kubernetes.io/not-ready operator=Exists, false",
  })
  void toleratesCordon_asTheSchedulerSeesIt(String fields, boolean tolerates) {
    ObjectNode pod = (ObjectNode) pod("one", "").json();
    ObjectNode toleration = pod.withArray("/spec/tolerations").addObject();
    for (String field : fields.split(" ", -1)) {
      toleration.put(
          field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
    }
    assertThat(DrainPlan.toleratesCordon(new LiveObject(pod))).isEqualTo(tolerates);
  }

  @Test
  void of_podThatCameBack_isLeftAndReported() {
    DrainPlan plan =
        plan(
            "",
            Set.of("uid-first"),
            pod("first", CONTROLLED + " tolerates:"),
            pod("second", CONTROLLED + " tolerates:"),
            pod("landed", CONTROLLED));
    assertThat(plan.evict().stream().map(LiveObject::name)).containsExactly("landed", "first");
    assertThat(plan.skipped().values()).singleElement().asString().contains("came back");
  }

  private static DrainPlan plan(String flags, Set<String> begun, LiveObject... pods) {
    return DrainPlan.of(
        new DrainNode(
            "node",
            null,
            null,
            Duration.ofMinutes(1),
            flags.contains("f"),
            flags.contains("e"),
            !flags.contains("d"),
            null,
            true),
        List.of(pods),
        new DrainPlan.Facts(
            Set.of("uid-of-DaemonSet"), begun, _ -> Optional.empty(), "shop/agent"));
  }

  private static LiveObject pod(String name, String traits) {
    ObjectNode pod = new JsonMapper().createObjectNode();
    ObjectNode metadata = pod.putObject("metadata");
    metadata.put("name", name).put("namespace", "shop").put("uid", "uid-" + name);
    pod.putObject("spec");
    for (String trait : traits.split(" ", -1)) {
      String value = trait.substring(trait.indexOf(':') + 1);
      switch (trait.contains(":") ? trait.substring(0, trait.indexOf(':')) : trait) {
        case "own", "lost" ->
            metadata
                .withArray("ownerReferences")
                .addObject()
                .put("kind", value)
                .put("name", "owner")
                .put("uid", trait.startsWith("own") ? "uid-of-" + value : "uid-of-another")
                .put("controller", true);
        case "mirror" -> annotate(metadata, "kubernetes.io/config.mirror", "x");
        case "unsafe" ->
            annotate(metadata, "cluster-autoscaler.kubernetes.io/safe-to-evict", "false");
        case "undisrupted" -> annotate(metadata, "karpenter.sh/do-not-disrupt", "true");
        case "terminating" -> metadata.put("deletionTimestamp", "2026-01-01T00:00:00Z");
        case "phase" -> pod.putObject("status").put("phase", value);
        case "critical" -> pod.withObject("/spec").put("priority", 2_000_000_000);
        case "tolerates" ->
            pod.withArray("/spec/tolerations").addObject().put("operator", "Exists");
        case "emptyDir" ->
            pod.withArray("/spec/volumes").addObject().put("name", "tmp").putObject("emptyDir");
        default -> assertThat(trait).isEmpty();
      }
    }
    return new LiveObject(pod);
  }

  private static void annotate(ObjectNode metadata, String name, String value) {
    metadata.withObject("annotations").put(name, value);
  }
}
