package com.mloptimizer.agent.deploy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that the chart refuses, and what it says. */
@Timeout(60)
class ChartValuesTest {
  @TempDir private Path directory;

  @Test
  void template_nothingGiven_namesAllThatIsMissing() {
    assertThatThrownBy(() -> new Helm(Chart.DIRECTORY).template().call())
        .hasMessageContaining("cluster.id is missing")
        .hasMessageContaining("backend.url is missing")
        .hasMessageContaining("backend.wsUrl is missing");
  }

  /** A value in YAML flow style after the required ones, and what the message has. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "clusters: {id: a}                                   | clusters",
        "cluster: {id: 5}                                    | /cluster/id",
        "cluster: {id: a b}                                  | /cluster/id",
        "cluster: {name: a}                                  | name",
        "backend: {url: backend.example.com}                 | /backend/url",
        "backend: {url: 'https://u:p@backend'}               | /backend/url",
        "backend: {wsUrl: 'https://backend'}                 | /backend/wsUrl",
        "backend: {url: 'http://backend'}                    | set backend.insecureTransport=true",
        "backend: {wsUrl: 'ws://backend'}                    | set backend.insecureTransport=true",
        "backend: {caBundle: {secretName: a, configMapName: b}} | not both",
        "credentials: {create: true}                         | credentials.apiKey is missing",
        "credentials: {create: true, apiKey: a, secretKey: short} | 32 bytes or more",
        "credentials: {apiKey: a}                            | only with credentials.create=true",
        "credentials: {secretKeyKeys: []}                    | /credentials/secretKeyKeys",
        "replicaCount: two                                   | /replicaCount",
        "replicaCount: -1                                    | /replicaCount",
        "leaderElection: {enabled: false}                    | two agents would act",
        "actions: {drainNodes: {enabled: false}}             | drainNodes",
        "actions: {drainNode: false}                         | /actions/drainNode",
        "actions: {drainNode: {enabled: 'no'}}               | /actions/drainNode/enabled",
        "guardrails: {maxUnavailableNodes: 120%}             | /guardrails/maxUnavailableNodes",
        "guardrails: {maxConcurrentDrains: 0}                | /guardrails/maxConcurrentDrains",
        "guardrails: {freezeSchedules: [{name: a, fromTime: '25:00', toTime: '01:00'}]} | fromTime",
        "guardrails: {freezeSchedules: [{name: a, fromTime: '22:00'}]} | toTime",
        "guardrails: {freezeSchedules: [{name: a, fromTime: '22:00', toTime: '01:00', weekdays:"
            + " [Montag]}]} | weekdays",
        "guardrails: {maxConcurrentDrains: 1001}             | /guardrails/maxConcurrentDrains",
        "guardrails: {maxEvictionsPerMinute: 10001}          | /guardrails/maxEvictionsPerMinute",
        "guardrails: {maxUnavailableNodes: 100001}           | /guardrails/maxUnavailableNodes",
        "guardrails: {maxReplicas: 1000001}                  | /guardrails/maxReplicas",
        "guardrails: {maxReplicas: '1000001'}                | /guardrails/maxReplicas",
        "collection: {intervalSeconds: 3601}                 | /collection/intervalSeconds",
        "collection: {batchSize: 10001}                      | /collection/batchSize",
        "collection: {spoolSizeLimit: 32Mi}                  | less than 40Mi",
        "collection: {spoolSizeLimit: 0.03Gi}                | less than 40Mi",
        "heartbeatIntervalSeconds: 3601                      | /heartbeatIntervalSeconds",
        "actionPollIntervalSeconds: 3601                     | /actionPollIntervalSeconds",
        "actions: {maxTtlSeconds: 86401}                     | /actions/maxTtlSeconds",
        "actions: {retentionSeconds: 31536001}               | /actions/retentionSeconds",
        "actions: {parallelism: 65}                          | /actions/parallelism",
        "serviceAccount: {create: false}                     | serviceAccount.name is missing",
        "service: {type: LoadBalancer}                       | /service/type",
        "service: {type: NodePort}                           | /service/type",
        "prometheusRule: {runbookUrlPrefix: docs}            | /prometheusRule/runbookUrlPrefix",
        "log: {level: TRACE}                                 | /log/level",
        "image: {tag: latest}                                | /image/tag",
        "image: {digest: 'md5:abc'}                          | /image/digest",
        "resources: {limits: {memory: 512MB}}                | /resources/limits/memory",
        "service: {port: 70000}                              | /service/port",
        "networkPolicy: {backendCidrs: [anywhere]}           | /networkPolicy/backendCidrs/0",
        "terminationGracePeriodSeconds: 5                    | /terminationGracePeriodSeconds",
        "javaOptions: [Xmx1g]                                | /javaOptions/0",
      })
  void template_wrongValue_isRefusedByName(String yaml, String message) throws Exception {
    Path values = Files.writeString(directory.resolve("wrong.yaml"), yaml);

    assertThatThrownBy(() ->
            new Helm(Chart.DIRECTORY)
                .template()
                .withValuesFile(Chart.values("required"))
                .withValuesFile(values)
                .call())
        .as(yaml)
        .hasMessageContaining(message);
  }
}
