package com.mloptimizer.agent.core.kubernetes;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
import tools.jackson.core.JsonParser;

/**
 * Whatever the API server answers, a list, a watch and a call end with a value or an IOException.
 */
public final class ApiStreamFuzz {
  private static final ResourcePath PODS = ResourcePath.core("pods");
  private static final KubernetesMetrics METRICS = new KubernetesMetrics(new CollectorRegistry());

  @FuzzTest
  void fuzz(byte[] bytes) {
    check(bytes);
  }

  /** What must hold for any bytes. */
  public static void check(byte[] bytes) {
    try (KubernetesClient client = answering(bytes)) {
      List<Object> items = new ArrayList<>();
      attempt(() -> client.list(PODS, ListOptions.all(), ApiStreamFuzz::read, items::add));
    }
    try (KubernetesClient client = answering(bytes)) {
      List<Object> events = new ArrayList<>();
      attempt(
          () -> client.watch(PODS, ListOptions.all(), "1", ApiStreamFuzz::read).run(events::add));
    }
    try (KubernetesClient client = answering(bytes)) {
      attempt(() -> client.send(ApiRequest.get(PODS)));
    }
  }

  @FunctionalInterface
  private interface Attempt {
    Object run() throws IOException;
  }

  private static void attempt(Attempt attempt) {
    try {
      attempt.run();
    } catch (IOException e) {
      // What the caller expects of a bad answer.
    }
  }

  /** Reads as the collector does: texts, numbers, maps and lists, some fields skipped. */
  private static List<Object> read(JsonParser stream) {
    List<Object> read = new ArrayList<>();
    ObjectCursor pod = ObjectCursor.over(stream);
    while (pod.next()) {
      switch (pod.field()) {
        case "metadata" -> {
          ObjectCursor metadata = pod.object();
          while (metadata.next()) {
            switch (metadata.field()) {
              case "name" -> read.add(metadata.text(""));
              case "labels" -> read.add(metadata.texts());
              case "generation" -> read.add(metadata.number(0));
              default -> {}
            }
          }
        }
        case "items" -> read.add(pod.objects(ApiStreamFuzz::name));
        case "ready" -> read.add(pod.flag());
        default -> {}
      }
    }
    return read;
  }

  private static String name(ObjectCursor object) {
    String name = "";
    while (object.next()) {
      name = object.text(name);
    }
    return name;
  }

  /** The bytes once; then there is no such page. */
  private static KubernetesClient answering(byte[] bytes) {
    AtomicInteger calls = new AtomicInteger();
    OkHttpClient http =
        new OkHttpClient.Builder()
            .addInterceptor(chain ->
                new Response.Builder()
                    .request(chain.request())
                    .protocol(Protocol.HTTP_1_1)
                    .code(calls.getAndIncrement() == 0 ? 200 : 410)
                    .message("")
                    .body(ResponseBody.create(bytes, MediaType.get("application/json")))
                    .build())
            .build();
    return new KubernetesClient(
        new Transport(http, "http://localhost", "fuzz", null, METRICS), "default");
  }
}
