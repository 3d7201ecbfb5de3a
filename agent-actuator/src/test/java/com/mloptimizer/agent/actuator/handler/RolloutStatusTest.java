package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** The table of kubectl's rollout_status_test.go, and what this agent adds to it. */
class RolloutStatusTest {
  @ParameterizedTest
  @CsvSource({
    // generation, observed, desired, updated, replicas, available, verdict
    "1, 0, 1, 0, 0, 0, Progressing", // nobody has seen it
    "1, 1, 2, 1, 2, 2, Progressing", // not all are updated
    "1, 1, 1, 1, 2, 1, Progressing", // an old one is there
    "1, 1, 2, 2, 2, 1, Progressing", // not all are available
    "1, 1, 2, 2, 2, 2, Complete",
    "2, 1, 2, 2, 2, 2, Progressing", // complete, but that was the version before
    "1, 1, 0, 0, 0, 0, Complete",
  })
  void of_deployment_isAsKubectlHasIt(
      int generation,
      int observed,
      int desired,
      int updated,
      int replicas,
      int available,
      String verdict) {
    RolloutStatus status =
        RolloutStatus.of(
            "Deployment",
            object(
                """
                {"metadata": {"generation": %d}, "spec": {"replicas": %d},
                 "status": {"observedGeneration": %d, "updatedReplicas": %d, "replicas": %d,
                            "availableReplicas": %d}}
                """
                    .formatted(generation, desired, observed, updated, replicas, available)),
            null);
    assertThat(status.getClass().getSimpleName()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "1, Progressing, False, ProgressDeadlineExceeded, Failed",
    "1, Progressing, True, ReplicaSetUpdated, Progressing",
    "1, ReplicaFailure, True, FailedCreate, Failed",
    "1, ReplicaFailure, False, FailedCreate, Progressing",
    "0, Progressing, False, ProgressDeadlineExceeded, Progressing", // of the version before
    "0, ReplicaFailure, True, FailedCreate, Progressing",
  })
  void of_deploymentWithCondition_failsOnceItIsAboutThisVersion(
      int observed, String type, String value, String reason, String verdict) {
    RolloutStatus status =
        RolloutStatus.of(
            "Deployment",
            object(
                """
                {"metadata": {"generation": 1}, "spec": {"replicas": 2},
                 "status": {"observedGeneration": %d, "updatedReplicas": 1, "conditions": [
                   {"type": "%s", "status": "%s", "reason": "%s", "message": "no room"}]}}
                """
                    .formatted(observed, type, value, reason)),
            null);
    assertThat(status.getClass().getSimpleName()).isEqualTo(verdict);
    if (verdict.equals("Failed")) {
      assertThat(status.message()).contains("no room");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // generation, observed, desired, partition, updated, ready, current revision, verdict
    "1, 0, 1, 0, 0, 0, old, Progressing",
    "1, 1, 2, 0, 2, 1, new, Progressing", // not all are ready
    "1, 1, 2, 0, 1, 2, old, Progressing", // not all are updated
    "1, 1, 2, 0, 2, 2, old, Progressing", // updated, and not yet made the current revision
    "1, 1, 2, 0, 2, 2, new, Complete",
    "1, 1, 3, 2, 1, 3, old, Complete", // the partition keeps the others
    "1, 1, 3, 1, 1, 3, old, Progressing",
    "1, 1, 3, 3, 0, 3, old, Complete",
    "1, 1, 3, 5, 0, 3, old, Complete", // a partition beyond the replicas
  })
  void of_statefulSet_isAsKubectlHasIt(
      int generation,
      int observed,
      int desired,
      int partition,
      int updated,
      int ready,
      String current,
      String verdict) {
    RolloutStatus status =
        RolloutStatus.of(
            "StatefulSet",
            object(
                """
                {"metadata": {"generation": %d},
                 "spec": {"replicas": %d, "updateStrategy": {"rollingUpdate": {"partition": %d}}},
                 "status": {"observedGeneration": %d, "updatedReplicas": %d, "readyReplicas": %d,
                            "currentRevision": "%s", "updateRevision": "new"}}
                """
                    .formatted(generation, desired, partition, observed, updated, ready, current)),
            null);
    assertThat(status.getClass().getSimpleName()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 2, 2, 2, Progressing",
    "1, 1, 2, 1, 2, Progressing",
    "1, 1, 2, 2, 1, Progressing",
    "1, 1, 2, 2, 2, Complete",
    "1, 1, 0, 0, 0, Complete",
  })
  void of_daemonSet_isAsKubectlHasIt(
      int generation, int observed, int desired, int updated, int available, String verdict) {
    RolloutStatus status =
        RolloutStatus.of(
            "DaemonSet",
            object(
                """
                {"metadata": {"generation": %d},
                 "status": {"observedGeneration": %d, "desiredNumberScheduled": %d,
                            "updatedNumberScheduled": %d, "numberAvailable": %d}}
                """
                    .formatted(generation, observed, desired, updated, available)),
            null);
    assertThat(status.getClass().getSimpleName()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 3, Progressing", "1, 1, 2, Progressing", "1, 1, 3, Complete"})
  void ofScale_isCompleteWhenSeenAndAsManyAreThere(
      int generation, int observed, int replicas, String verdict) {
    RolloutStatus status =
        RolloutStatus.ofScale(
            object(
                """
                {"metadata": {"generation": %d},
                 "status": {"observedGeneration": %d, "replicas": %d}}
                """
                    .formatted(generation, observed, replicas)),
            3,
            null);
    assertThat(status.getClass().getSimpleName()).isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "no room, no room, Progressing", // what the change remedies may not be taken away yet
    "no room, none left, Failed",
    "'', no room, Failed",
  })
  void of_conditionOfBeforeTheChange_isNoNewsOfTheChange(
      String before, String now, String verdict) {
    LiveObject stuck = stuck(1, 2, before);
    LiveObject changed = stuck(2, 1, now);
    assertThat(RolloutStatus.of("Deployment", changed, stuck).getClass().getSimpleName())
        .isEqualTo(verdict);
    RolloutStatus scaled = RolloutStatus.ofScale(changed, 1, stuck);
    assertThat(scaled.getClass().getSimpleName()).isEqualTo(verdict);
    assertThat(scaled.message()).contains(now);
  }

  private static LiveObject stuck(int generation, int desired, String why) {
    return object(
        """
        {"metadata": {"generation": %1$d}, "spec": {"replicas": %2$d},
         "status": {"observedGeneration": %1$d, "updatedReplicas": 0, "conditions": [
           {"type": "ReplicaFailure", "status": "%3$s", "reason": "FailedCreate",
            "message": "%4$s"}]}}
        """
            .formatted(generation, desired, why.isEmpty() ? "False" : "True", why));
  }

  private static LiveObject object(String json) {
    return new LiveObject(new JsonMapper().readTree(json));
  }
}
