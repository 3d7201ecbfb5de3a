package com.mloptimizer.agent.core.kubernetes;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One request to the API server. Immutable; the {@code with…} style methods return another request.
 * What writes (all but GET and DELETE, which has no such option) names {@value #FIELD_MANAGER} as
 * its field manager.
 */
public final class ApiRequest {

  /** Whose fields these are, in {@code metadata.managedFields} of what the agent writes. */
  public static final String FIELD_MANAGER = "kubernetes-agent";

  /** How long a request may take unless it says otherwise. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  private static final String JSON = "application/json";

  private final String method;
  private final ResourcePath path;
  private final Map<String, String> query;
  private final @Nullable JsonNode body;
  private final String contentType;
  private final String accept;
  private final Duration timeout;

  private ApiRequest(
      String method,
      ResourcePath path,
      Map<String, String> query,
      @Nullable JsonNode body,
      String contentType,
      String accept,
      Duration timeout) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.body = body;
    this.contentType = contentType;
    this.accept = accept;
    this.timeout = timeout;
  }

  /** Reads one object, a list or a plain path. */
  public static ApiRequest get(ResourcePath path) {
    return new ApiRequest("GET", path, Map.of(), null, JSON, JSON, DEFAULT_TIMEOUT);
  }

  /** Creates: {@code path} is the collection, or a subresource such as {@code eviction}. */
  public static ApiRequest post(ResourcePath path, JsonNode body) {
    return write("POST", path, body, JSON);
  }

  /** Replaces one object; with {@code metadata.resourceVersion} only if nobody changed it. */
  public static ApiRequest put(ResourcePath path, JsonNode body) {
    return write("PUT", path, body, JSON);
  }

  /** Patches as RFC 7386 says: objects are merged, {@code null} removes, a list is replaced. */
  public static ApiRequest mergePatch(ResourcePath path, JsonNode patch) {
    return write("PATCH", path, patch, "application/merge-patch+json");
  }

  /** Patches built-in kinds, merging lists by their key, such as containers by name. */
  public static ApiRequest strategicMergePatch(ResourcePath path, JsonNode patch) {
    return write("PATCH", path, patch, "application/strategic-merge-patch+json");
  }

  /** Deletes one object. */
  public static ApiRequest delete(ResourcePath path) {
    return new ApiRequest("DELETE", path, Map.of(), null, JSON, JSON, DEFAULT_TIMEOUT);
  }

  /** Deletes one object with {@code DeleteOptions}, such as preconditions and a grace period. */
  public static ApiRequest delete(ResourcePath path, ObjectNode options) {
    return new ApiRequest(
        "DELETE", path, Map.of(), options.deepCopy(), JSON, JSON, DEFAULT_TIMEOUT);
  }

  private static ApiRequest write(
      String method, ResourcePath path, JsonNode body, String contentType) {
    Map<String, String> query = Map.of("fieldManager", FIELD_MANAGER);
    return new ApiRequest(method, path, query, body.deepCopy(), contentType, JSON, DEFAULT_TIMEOUT);
  }

  /** The same request with one query parameter set. */
  public ApiRequest query(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(query);
    more.put(name, value);
    return new ApiRequest(method, path, more, body, contentType, accept, timeout);
  }

  /** The same request, the whole of which may take this long. */
  public ApiRequest timeout(Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException("not a timeout: " + value);
    }
    return new ApiRequest(method, path, query, body, contentType, accept, value);
  }

  /**
   * The same request, which the server validates and answers without storing anything. The API
   * server ignores the query of a DELETE that has a body, so it goes into both. (An eviction also
   * takes {@code deleteOptions.dryRun}, which its caller sets in the body.)
   */
  public ApiRequest dryRun() {
    JsonNode options = body;
    if (method.equals("DELETE") && body instanceof ObjectNode given) {
      ObjectNode copy = given.deepCopy();
      copy.putArray("dryRun").add("All");
      options = copy;
    }
    return new ApiRequest(method, path, query, options, contentType, accept, timeout)
        .query("dryRun", "All");
  }

  /**
   * The same request, answered with the object's metadata only, which spares the rest the way. A
   * server that cannot do so answers with all of it.
   */
  public ApiRequest metadataOnly() {
    return partial("PartialObjectMetadata");
  }

  /**
   * The same request, answered as <a
   * href="https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches">that
   * kind</a> of {@code meta.k8s.io}.
   */
  ApiRequest partial(String kind) {
    String wanted = JSON + ";as=" + kind + ";g=meta.k8s.io;v=v1," + JSON;
    return new ApiRequest(method, path, query, body, contentType, wanted, timeout);
  }

  /** The HTTP method. */
  public String method() {
    return method;
  }

  /** The verb that RBAC knows it by, for example {@code watch}. */
  String verb() {
    return switch (method) {
      case "GET" -> query.containsKey("watch") ? "watch" : readVerb();
      case "POST" -> "create";
      case "PUT" -> "update";
      default -> method.toLowerCase(Locale.ROOT);
    };
  }

  private String readVerb() {
    return path.isNamed() || path.kind().isEmpty() ? "get" : "list";
  }

  /** Whether it only reads. */
  public boolean isRead() {
    return method.equals("GET");
  }

  /** Where to. */
  public ResourcePath path() {
    return path;
  }

  /** How long the whole request may take. */
  public Duration timeout() {
    return timeout;
  }

  /** Path and query, percent-encoded. */
  public String target() {
    if (query.isEmpty()) {
      return path.toString();
    }
    return path
        + query.entrySet().stream()
            .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
            .collect(Collectors.joining("&", "?", ""));
  }

  /** The body's bytes, if it has one. */
  public Optional<byte[]> body() {
    return Optional.ofNullable(body).map(json -> json.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The body's media type. */
  public String contentType() {
    return contentType;
  }

  /** The media types of the answer. */
  String accept() {
    return accept;
  }

  /** Method and target; never the body, which may be long. */
  @Override
  public String toString() {
    return method + " " + target();
  }

  private static String encode(String value) {
    return ResourcePath.PercentEncoding.encode(value);
  }
}
