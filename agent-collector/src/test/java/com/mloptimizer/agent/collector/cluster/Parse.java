package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ItemParser;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/** Reads one object as a list or a watch would. */
public final class Parse {

  private static final ObjectMapper JSON = JsonMapper.shared();

  private Parse() {}

  public static PodInfo pod(String json) {
    return one(json, parser -> PodInfo.read(parser, new Interner()));
  }

  public static NodeInfo node(String json) {
    return one(json, parser -> NodeInfo.read(parser, new Interner()));
  }

  public static WorkloadInfo scalable(String kind, String json) {
    return one(
        json,
        parser ->
            kind.equals("Deployment")
                ? WorkloadInfo.readDeployment(parser, new Interner())
                : WorkloadInfo.readStatefulSet(parser, new Interner()));
  }

  public static WorkloadInfo daemonSet(String json) {
    return one(json, parser -> WorkloadInfo.readDaemonSet(parser, new Interner()));
  }

  public static ReplicaSetInfo replicaSet(String json) {
    return one(json, parser -> ReplicaSetInfo.read(parser, new Interner()));
  }

  public static EventInfo event(String json) {
    return one(json, parser -> EventInfo.read(parser, new Interner()));
  }

  private static <T> T one(String json, ItemParser<T> parser) {
    try (JsonParser stream = JSON.createParser(json)) {
      stream.nextToken();
      return parser.read(stream);
    }
  }
}
