package com.mloptimizer.agent.sandbox.cluster.store;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A refusal in Kubernetes' form: carries the Status object that the caller gets. */
public final class ApiFailure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /**
   * Why one field is refused.
   *
   * @param reason Kubernetes' CauseType, for example {@code FieldValueInvalid}
   */
  public record Cause(String reason, String message, String field) {}

  private final int code;
  private final transient ObjectNode status;

  private ApiFailure(int code, String reason, String message) {
    super(message);
    this.code = code;
    this.status = Fields.newObject();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status.put("status", "Failure").put("message", message);
    if (!reason.isEmpty()) {
      status.put("reason", reason);
    }
    status.put("code", code);
  }

  /** A failure with a free reason, for faults and rare cases; an empty reason is left out. */
  public static ApiFailure of(int code, String reason, String message) {
    return new ApiFailure(code, reason, message);
  }

  public static ApiFailure notFound(ResourceKind kind, String name) {
    return of(404, "NotFound", kind.qualifiedName() + " \"" + name + "\" not found")
        .about(kind, name);
  }

  public static ApiFailure unknownResource() {
    ApiFailure failure = of(404, "NotFound", "the server could not find the requested resource");
    failure.status.putObject("details");
    return failure;
  }

  public static ApiFailure methodNotAllowed() {
    ApiFailure failure =
        of(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource");
    failure.status.putObject("details");
    return failure;
  }

  public static ApiFailure alreadyExists(ResourceKind kind, String name) {
    return of(409, "AlreadyExists", kind.qualifiedName() + " \"" + name + "\" already exists")
        .about(kind, name);
  }

  /** A failed precondition; the message says which. */
  public static ApiFailure conflict(ResourceKind kind, String name, String why) {
    String what = kind.qualifiedName() + " \"" + name + "\"";
    return of(409, "Conflict", "Operation cannot be fulfilled on " + what + ": " + why)
        .about(kind, name);
  }

  /** The caller's resourceVersion is not the current one. */
  public static ApiFailure stale(ResourceKind kind, String name) {
    return conflict(
        kind,
        name,
        "the object has been modified; please apply your changes to the latest version and try"
            + " again");
  }

  public static ApiFailure badRequest(String message) {
    return of(400, "BadRequest", message);
  }

  public static ApiFailure invalid(ResourceKind kind, String name, List<Cause> causes) {
    List<String> texts = causes.stream().map(c -> c.field() + ": " + c.message()).toList();
    String all =
        texts.size() == 1
            ? texts.getFirst()
            : texts.stream().collect(Collectors.joining(", ", "[", "]"));
    ApiFailure failure = of(422, "Invalid", kind.kind() + " \"" + name + "\" is invalid: " + all);
    ObjectNode details = failure.status.putObject("details").put("name", name);
    if (!kind.group().isEmpty()) {
      details.put("group", kind.group());
    }
    details.put("kind", kind.kind());
    causes.forEach(failure::cause);
    return failure;
  }

  public static ApiFailure forbidden(ResourceKind kind, String name, String why) {
    String what =
        name.isEmpty() ? kind.qualifiedName() : kind.qualifiedName() + " \"" + name + "\"";
    return of(403, "Forbidden", what + " is forbidden: " + why).about(kind, name);
  }

  public static ApiFailure expired(String message) {
    return of(410, "Expired", message);
  }

  public static ApiFailure unsupportedMediaType(String accepted) {
    return of(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
            + accepted);
  }

  public static ApiFailure tooManyRequests(String message, int retryAfterSeconds) {
    ApiFailure failure = of(429, "TooManyRequests", message);
    ObjectNode details = failure.status.putObject("details");
    if (retryAfterSeconds > 0) {
      details.put("retryAfterSeconds", retryAfterSeconds);
    }
    return failure;
  }

  private ApiFailure about(ResourceKind kind, String name) {
    return about(kind.group(), kind.plural(), name);
  }

  /** Adds the details that name the resource; an empty name or group is left out. */
  public ApiFailure about(String group, String plural, String name) {
    ObjectNode details = status.putObject("details");
    if (!name.isEmpty()) {
      details.put("name", name);
    }
    if (!group.isEmpty()) {
      details.put("group", group);
    }
    details.put("kind", plural);
    return this;
  }

  /** Adds a cause to the details; one without a field leaves it out. */
  public ApiFailure cause(Cause cause) {
    ArrayNode causes = Fields.array(status, "details.causes");
    ObjectNode added =
        causes.addObject().put("reason", cause.reason()).put("message", cause.message());
    if (!cause.field().isEmpty()) {
      added.put("field", cause.field());
    }
    return this;
  }

  /** The HTTP status. */
  public int code() {
    return code;
  }

  /** How long the caller shall wait, 0 if the failure does not say. */
  public int retryAfterSeconds() {
    return Fields.count(status, "details.retryAfterSeconds", 0);
  }

  /** A copy of the Status object, its code last as the API server writes it. */
  public ObjectNode status() {
    ObjectNode copy = status.deepCopy();
    copy.remove("code");
    return copy.put("code", code);
  }
}
