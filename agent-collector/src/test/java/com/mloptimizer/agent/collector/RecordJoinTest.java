package com.mloptimizer.agent.collector;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.mloptimizer.agent.collector.cluster.Amounts;
import com.mloptimizer.agent.collector.cluster.Parse;
import com.mloptimizer.agent.collector.cluster.PodInfo;
import com.mloptimizer.agent.collector.cluster.ReplicaSetInfo;
import com.mloptimizer.agent.collector.cluster.Usage;
import com.mloptimizer.agent.collector.cluster.UsageSamples;
import com.mloptimizer.agent.collector.cluster.UsageSamples.ContainerSample;
import com.mloptimizer.agent.collector.cluster.UsageSamples.PodKey;
import com.mloptimizer.agent.collector.cluster.UsageSamples.PodSample;
import com.mloptimizer.agent.core.protocol.ContainerMetric;
import com.mloptimizer.agent.core.protocol.MetricRecord;
import com.mloptimizer.agent.core.protocol.PodMetric;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class RecordJoinTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

  private static final String WEB_POD =
      """
      {"metadata":{"name":"web-5d9-x","namespace":"shop","uid":"p1","resourceVersion":"9",
         "creationTimestamp":"2026-01-01T00:00:00Z","labels":{"app":"web"},
         "annotations":{"secret":"no"},"managedFields":[{"fieldsV1":{"f:a":{"f:b":{}}}}],
         "ownerReferences":[{"kind":"Other","name":"o","uid":"o1"},
           {"kind":"ReplicaSet","name":"web-5d9","uid":"rs1","controller":true}]},
       "spec":{"nodeName":"n1","priority":100,"overhead":{"cpu":"10m","memory":"1Mi"},
         "initContainers":[
           {"name":"migrate","image":"m:1","resources":{"requests":{"cpu":"2","memory":"64Mi"}}},
           {"name":"proxy","image":"p:1","restartPolicy":"Always",
            "resources":{"requests":{"cpu":"100m","memory":"32Mi"},"limits":{"memory":"64Mi"}}}],
         "containers":[
           {"name":"web","image":"w:1","env":[{"name":"A","value":"b"}],
            "resources":{"requests":{"cpu":"500m","memory":"256Mi"},"limits":{"cpu":"1","memory":"1G"}}},
           {"name":"log","image":"l:1","resources":{"requests":{"cpu":"nonsense","memory":"16Mi"}}}]},
       "status":{"phase":"Running","qosClass":"Burstable","conditions":[
           {"type":"PodScheduled","status":"True"},{"type":"Ready","status":"True"}],
         "initContainerStatuses":[{"name":"migrate","restartCount":1},{"name":"proxy","restartCount":2}],
         "containerStatuses":[
           {"name":"web","restartCount":3,"lastState":{"terminated":{"reason":"OOMKilled"}},
            "state":{"running":{"startedAt":"2026-01-01T00:00:10Z"}}},
           {"name":"log","restartCount":0,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}
      """;

  @Test
  void pod_withEverything_isTheGoldenRecord() {
    UsageSamples samples =
        sample(
            "shop",
            "web-5d9-x",
            NOW.minusSeconds(10),
            List.of(
                new ContainerSample("web", usage(250, 1000L)),
                new ContainerSample("log", usage(5, 200L))));
    ReplicaSetInfo replicaSet =
        Parse.replicaSet(
            """
            {"metadata":{"name":"web-5d9","uid":"rs1","ownerReferences":
              [{"kind":"Deployment","name":"web","uid":"d1","controller":true}]}}
            """);
    RecordJoin join =
        new RecordJoin(
            samples, uid -> uid.equals("rs1") ? Optional.of(replicaSet) : Optional.empty(), NOW);

    assertThat(json(join.pod(Parse.pod(WEB_POD))))
        .isEqualTo(
            golden(
                """
                {"metric_type":"pod","namespace":"shop","pod_name":"web-5d9-x","pod_uid":"p1",
                 "node_name":"n1","phase":"Running","ready":true,"qos_class":"Burstable",
                 "priority":100,"owner":{"kind":"Deployment","name":"web"},"labels":{"app":"web"},
                 "cpu_usage_millicores":255,"memory_usage_bytes":1200,
                 "cpu_request_millicores":2010,"memory_request_bytes":319815680,
                 "cpu_limit_millicores":1010,"memory_limit_bytes":1068157440,
                 "restart_count":6,
                 "containers":[
                  {"name":"proxy","image":"p:1","cpu_usage_millicores":null,
                   "memory_usage_bytes":null,"cpu_request_millicores":100,
                   "memory_request_bytes":33554432,"cpu_limit_millicores":null,
                   "memory_limit_bytes":67108864,"restart_count":2},
                  {"name":"web","image":"w:1","cpu_usage_millicores":250,
                   "memory_usage_bytes":1000,"cpu_request_millicores":500,
                   "memory_request_bytes":268435456,"cpu_limit_millicores":1000,
                   "memory_limit_bytes":1000000000,"restart_count":3,
                   "last_termination_reason":"OOMKilled"},
                  {"name":"log","image":"l:1","cpu_usage_millicores":5,
                   "memory_usage_bytes":200,"cpu_request_millicores":null,
                   "memory_request_bytes":16777216,"cpu_limit_millicores":null,
                   "memory_limit_bytes":null,"restart_count":0}],
                 "timestamp":"2026-01-01T00:01:00Z"}
                """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'running':{}} | {'terminated':{'reason':'OOMKilled'}} | OOMKilled",
        "{'terminated':{'reason':'Error'}} | {'terminated':{'reason':'OOMKilled'}} | Error",
        "{'terminated':{'reason':'Completed'}} | {} | Completed",
        "{'waiting':{'reason':'CrashLoopBackOff'}} | {} | "
      })
  void pod_containerTerminated_tellsTheLatestReason(
      String state, String lastState, @Nullable String reason) {
    PodInfo pod =
        Parse.pod(
            """
            {"metadata":{"name":"a","uid":"u"},"spec":{"containers":[{"name":"c"}]},
             "status":{"containerStatuses":[{"name":"c","state":%s,"lastState":%s}]}}
            """
                .formatted(state, lastState)
                .replace('\'', '"'));

    assertThat(pod.statuses().get("c").lastTerminationReason()).isEqualTo(reason);
  }

  @Test
  void pod_withoutSample_hasUsageNullAndItsReplicaSetAsOwner() {
    PodMetric pod =
        new RecordJoin(nothing(), RecordJoinTest::noReplicaSet, NOW).pod(Parse.pod(WEB_POD));

    assertThat(pod.cpuUsageMillicores()).isNull();
    assertThat(pod.memoryUsageBytes()).isNull();
    assertThat(pod.owner()).isEqualTo(new PodMetric.Owner("ReplicaSet", "web-5d9"));
  }

  @Test
  void pod_sampleOfItsPredecessor_isNotItsUsage() {
    UsageSamples samples =
        sample(
            "shop",
            "web-5d9-x",
            Instant.parse("2025-12-31T23:59:59Z"),
            List.of(new ContainerSample("web", usage(250, 1000L))));

    PodMetric pod =
        new RecordJoin(samples, RecordJoinTest::noReplicaSet, NOW).pod(Parse.pod(WEB_POD));

    assertThat(pod.cpuUsageMillicores()).isNull();
  }

  @Test
  void pod_readFromJson_keepsNothingThatIsNotReported() {
    PodInfo pod =
        Parse.pod(
            """
            {"metadata":{"name":"a","uid":"u","annotations":{"key-sesame":"sesame"},
               "managedFields":[{"manager":"sesame","fieldsV1":{"f:sesame":{}}}]},
             "spec":{"containers":[{"name":"c","image":"i","command":["sesame"],"args":["sesame"],
                 "env":[{"name":"A","value":"sesame"}]}],
               "volumes":[{"secret":{"secretName":"sesame"}}]},
             "status":{"message":"sesame","podIP":"10.0.0.1"}}
            """);

    assertThat(pod.toString()).contains("name=a").doesNotContain("sesame");
  }

  @Test
  void pod_mirror_belongsToItsNode() {
    PodMetric mirror =
        new RecordJoin(nothing(), RecordJoinTest::noReplicaSet, NOW)
            .pod(
                Parse.pod(
                    """
                    {"metadata":{"name":"etcd-n1","namespace":"kube-system","uid":"u",
                       "annotations":{"kubernetes.io/config.mirror":"0a1b"},"ownerReferences":[
                         {"kind":"Node","name":"n1","uid":"n","controller":true}]},
                     "spec":{"nodeName":"n1"},"status":{"phase":"Running"}}
                    """));

    assertThat(mirror.owner()).isEqualTo(new PodMetric.Owner("Node", "n1"));
    assertThat(mirror.nodeName()).isEqualTo("n1");
    assertThat(mirror.cpuUsageMillicores()).isNull();
  }

  @Test
  void pod_sampleOfSomeContainers_countsThese() {
    UsageSamples samples =
        sample(
            "shop",
            "web-5d9-x",
            NOW,
            List.of(
                new ContainerSample("web", usage(250, null)),
                new ContainerSample("ephemeral", usage(7, 70L))));

    PodMetric pod =
        new RecordJoin(samples, RecordJoinTest::noReplicaSet, NOW).pod(Parse.pod(WEB_POD));

    assertThat(pod.cpuUsageMillicores())
        .as("what it runs besides is its usage, too")
        .isEqualTo(257);
    assertThat(pod.memoryUsageBytes()).isEqualTo(70);
    assertThat(pod.containers())
        .extracting("name", "cpuUsageMillicores")
        .containsExactly(tuple("proxy", null), tuple("web", 250L), tuple("log", null));
  }

  @Test
  void pod_almostEmpty_isARecord() {
    PodInfo bare = Parse.pod("{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"},\"spec\":null}");

    PodMetric pod = new RecordJoin(nothing(), RecordJoinTest::noReplicaSet, NOW).pod(bare);

    assertThat(pod.phase()).isEqualTo("Unknown");
    assertThat(pod.nodeName()).isNull();
    assertThat(pod.owner()).isNull();
    assertThat(pod.cpuRequestMillicores()).isNull();
    assertThat(pod.containers()).isEmpty();
  }

  @Test
  void pod_succeeded_hasNoUsageThoughASampleLingers() {
    PodInfo done =
        Parse.pod(
            """
            {"metadata":{"name":"job","namespace":"b","uid":"u"},"spec":{"containers":[{"name":"c"}]},
             "status":{"phase":"Succeeded","containerStatuses":[
               {"name":"c","state":{"terminated":{"reason":"Completed"}}}]}}
            """);
    UsageSamples samples = sample("b", "job", NOW, List.of(new ContainerSample("c", usage(1, 1L))));

    PodMetric pod = new RecordJoin(samples, RecordJoinTest::noReplicaSet, NOW).pod(done);

    assertThat(pod.cpuUsageMillicores()).isNull();
    assertThat(pod.containers().getFirst().lastTerminationReason()).isEqualTo("Completed");
  }

  @ParameterizedTest
  @CsvSource({
    "asked for more, '', 900, 1000",
    "asked for more, Deferred, 900, 1000",
    "asked for what the node will never have, Infeasible, 700, 800"
  })
  void pod_resizedInPlace_countsWhatTheSchedulerCounts(
      String what, String reason, long requests, long limits) {
    PodInfo pod =
        Parse.pod(
            """
            {"metadata":{"uid":"u"},"spec":{
               "initContainers":[
                 {"name":"i","resources":{"requests":{"cpu":"10m"}}},
                 {"name":"s","restartPolicy":"Always","resources":{"requests":{"cpu":"100m"}}}],
               "containers":[
                 {"name":"c","resources":{"requests":{"cpu":"700m"},"limits":{"cpu":"1"}}}]},
             "status":{"conditions":[
                 {"type":"Ready","status":"True"},
                 {"type":"PodResizePending","status":"True","reason":"%s"}],
               "initContainerStatuses":[
                 {"name":"i","allocatedResources":{"cpu":"5"},
                  "resources":{"requests":{"cpu":"5"}}},
                 {"name":"s","allocatedResources":{"cpu":"200m"},
                  "resources":{"requests":{"cpu":"150m"}}}],
               "containerStatuses":[
                 {"name":"c","allocatedResources":{"cpu":"500m"},
                  "resources":{"requests":{"cpu":"400m"},"limits":{"cpu":"800m"}}}]}}
            """
                .formatted(reason));

    assertThat(pod.requests()).as(what).isEqualTo(new Amounts(requests, null));
    assertThat(pod.limits()).as(what).isEqualTo(new Amounts(limits, null));
    assertThat(pod.containers().getLast().requests())
        .as("a container's own say what is asked for")
        .isEqualTo(new Amounts(700L, null));
    assertThat(pod.ready()).isTrue();
  }

  @Test
  void pod_resourcesOfItsOwn_takeThePlaceOfItsContainers() {
    PodInfo pod =
        Parse.pod(
            """
            {"metadata":{"uid":"u"},"spec":{"resources":{"requests":{"cpu":"3"}},
              "containers":[{"name":"c","resources":{"requests":{"cpu":"1","memory":"1Ki"}}}]}}
            """);

    assertThat(pod.requests()).isEqualTo(new Amounts(3000L, 1024L));
  }

  @Test
  void node_withEverything_isTheGoldenRecord() {
    UsageSamples samples =
        new UsageSamples(Map.of(), Map.of("n1", usage(700, 800L)), List.of(), Optional.empty());

    assertThat(
            json(
                new RecordJoin(samples, RecordJoinTest::noReplicaSet, NOW)
                    .node(
                        Parse.node(
                            """
                            {"metadata":{"name":"n1","uid":"u1","labels":{
                               "node.kubernetes.io/instance-type":"m5.large",
                               "failure-domain.beta.kubernetes.io/zone":"a"}},
                             "spec":{"unschedulable":true,"taints":[{"key":"k","effect":"NoSchedule"}]},
                             "status":{"capacity":{"cpu":"4","memory":"8Gi","pods":"110"},
                               "allocatable":{"cpu":"3920m","memory":"7Gi","pods":"110"},
                               "conditions":[{"type":"Ready","status":"True"}],
                               "nodeInfo":{"kubeletVersion":"v1.20.2"}}}
                            """),
                        7)))
        .isEqualTo(
            golden(
                """
                {"metric_type":"node","node_name":"n1","node_uid":"u1","cpu_usage_millicores":700,
                 "memory_usage_bytes":800,"cpu_capacity_millicores":4000,
                 "memory_capacity_bytes":8589934592,"cpu_allocatable_millicores":3920,
                 "memory_allocatable_bytes":7516192768,"pods_allocatable":110,"pod_count":7,
                 "ready":true,"unschedulable":true,"conditions":{"Ready":"True"},
                 "taints":[{"key":"k","value":null,"effect":"NoSchedule"}],
                 "labels":{"node.kubernetes.io/instance-type":"m5.large",
                   "failure-domain.beta.kubernetes.io/zone":"a"},
                 "instance_type":"m5.large","zone":"a","kubelet_version":"v1.20.2",
                 "timestamp":"2026-01-01T00:01:00Z"}
                """));
  }

  @Test
  void workload_ofEachKind_hasItsNumbers() {
    RecordJoin join = new RecordJoin(nothing(), RecordJoinTest::noReplicaSet, NOW);

    assertThat(
            json(
                join.workload(
                    Parse.scalable(
                        "StatefulSet",
                        """
                        {"metadata":{"name":"db","namespace":"shop","uid":"s1","generation":4},
                         "spec":{"replicas":3},
                         "status":{"readyReplicas":2,"updatedReplicas":1,"observedGeneration":3}}
                        """))))
        .isEqualTo(
            golden(
                """
                {"metric_type":"workload","kind":"StatefulSet","namespace":"shop","name":"db",
                 "uid":"s1","replicas_desired":3,"replicas_ready":2,"replicas_available":2,
                 "replicas_updated":1,"generation":4,"observed_generation":3,"labels":{},
                 "timestamp":"2026-01-01T00:01:00Z"}
                """));
    assertThat(
            join.workload(
                Parse.daemonSet(
                    """
                    {"metadata":{"uid":"d"},"status":{"desiredNumberScheduled":5,
                      "numberReady":4,"numberAvailable":3,"updatedNumberScheduled":2}}
                    """)))
        .extracting("replicasDesired", "replicasReady", "replicasAvailable", "replicasUpdated")
        .containsExactly(5, 4, 3, 2);
  }

  @Test
  void event_ofEitherApi_isTheGoldenRecord() {
    RecordJoin join = new RecordJoin(nothing(), RecordJoinTest::noReplicaSet, NOW);

    assertThat(
            json(
                join.event(
                    Parse.event(
                        """
                        {"metadata":{"name":"e.1","namespace":"shop","uid":"e1"},"type":"Warning",
                         "reason":"BackOff","message":"again","count":null,
                         "firstTimestamp":null,"lastTimestamp":null,
                         "eventTime":"2026-01-01T00:00:00.5Z",
                         "series":{"count":4,"lastObservedTime":"2026-01-01T00:00:30.000001Z"},
                         "involvedObject":{"kind":"Pod","name":"web","namespace":"shop","uid":"p1"}}
                        """))))
        .isEqualTo(
            golden(
                """
                {"metric_type":"event","namespace":"shop","name":"e.1","type":"Warning",
                 "reason":"BackOff","message":"again",
                 "involved_object":{"kind":"Pod","name":"web","namespace":"shop","uid":"p1"},
                 "count":4,"first_seen_at":"2026-01-01T00:00:00.500Z",
                 "timestamp":"2026-01-01T00:00:30.000001Z"}
                """));
  }

  private static Optional<ReplicaSetInfo> noReplicaSet(String uid) {
    return Optional.empty();
  }

  @Test
  void pod_usageOfSeveralContainers_isAddedBeforeItIsRounded() {
    UsageSamples samples =
        sample(
            "shop",
            "web-5d9-x",
            NOW,
            List.of(
                new ContainerSample("web", new Usage(100_000L, 1L)),
                new ContainerSample("log", new Usage(100_000L, 1L)),
                new ContainerSample("proxy", new Usage(100_001L, 1L))));

    PodMetric pod = new RecordJoin(samples, uid -> Optional.empty(), NOW).pod(Parse.pod(WEB_POD));

    assertThat(pod.cpuUsageMillicores()).isEqualTo(1);
    assertThat(pod.containers()).extracting(ContainerMetric::cpuUsageMillicores).containsOnly(1L);
  }

  private static Usage usage(long millicores, @Nullable Long bytes) {
    return new Usage(millicores * 1_000_000, bytes);
  }

  private static UsageSamples nothing() {
    return new UsageSamples(Map.of(), Map.of(), List.of(), Optional.of("none"));
  }

  private static UsageSamples sample(
      String namespace, String name, Instant takenAt, List<ContainerSample> containers) {
    return new UsageSamples(
        Map.of(new PodKey(namespace, name), new PodSample(takenAt, containers)),
        Map.of(),
        List.of(),
        Optional.empty());
  }

  private static JsonNode json(MetricRecord record) {
    return golden(new String(new ProtocolCodec().encode(record), UTF_8));
  }

  /** Compared without regard to the order of fields, which the protocol leaves open. */
  private static JsonNode golden(String json) {
    return JsonMapper.shared().readTree(json);
  }
}
