package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.ObjectStore.WriteMode;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One HTTP call: what was asked, and the ways to answer. */
final class ApiCall {
  /** The real server's limit of a request body. */
  private static final int MAX_BODY_BYTES = 3 * 1024 * 1024;

  /** The real server compresses from 128 KiB; earlier here, so that small tests see it too. */
  private static final int GZIP_FROM_BYTES = 1024;

  private static final Pattern AMPERSAND = Pattern.compile("&");
  private static final String BEARER = "Bearer ";
  private static final Pattern BEARER_PATH = Pattern.compile("/bearer/([^/]+)(.*)");
  private static final Pattern COMMA = Pattern.compile(",");
  private static final Pattern SLASH = Pattern.compile("/");

  private final HttpExchange exchange;
  private final JsonMapper json;
  private final Map<String, String> query;

  ApiCall(HttpExchange exchange, JsonMapper json) {
    this.exchange = exchange;
    this.json = json;
    this.query = parse(rawQuery());
  }

  private static Map<String, String> parse(String raw) {
    Map<String, String> query = new LinkedHashMap<>();
    AMPERSAND
        .splitAsStream(raw)
        .filter(pair -> !pair.isEmpty())
        .forEach(pair -> {
          int equals = pair.indexOf('=');
          String name = equals < 0 ? pair : pair.substring(0, equals);
          String value = equals < 0 ? "" : pair.substring(equals + 1);
          query.putIfAbsent(decode(name), decode(value));
        });
    return query;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  String method() {
    return exchange.getRequestMethod();
  }

  /** The path without a leading {@code /bearer/TOKEN}. */
  String path() {
    Matcher prefixed = BEARER_PATH.matcher(exchange.getRequestURI().getPath());
    return prefixed.matches() ? prefixed.group(2) : exchange.getRequestURI().getPath();
  }

  /**
   * The caller's bearer token, from its header or from a leading {@code /bearer/TOKEN} in the path:
   * kubectl sends no header over plain HTTP, but keeps the path of its server's address.
   */
  String bearer() {
    String header = header("Authorization");
    if (header.startsWith(BEARER)) {
      return header.substring(BEARER.length());
    }
    Matcher prefixed = BEARER_PATH.matcher(exchange.getRequestURI().getPath());
    return prefixed.matches() && header.isEmpty() ? prefixed.group(1) : "";
  }

  String rawQuery() {
    return Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
  }

  /** The path's parts, empty ones left out. */
  List<String> segments() {
    return SLASH.splitAsStream(path()).filter(part -> !part.isEmpty()).toList();
  }

  /** A query parameter, empty if it is absent. */
  String query(String name) {
    return query.getOrDefault(name, "");
  }

  /** Whether a boolean query parameter is set. */
  boolean isSet(String name) {
    String value = query(name);
    return value.equals("true") || value.equals("1");
  }

  /** A query parameter that is a whole number, 0 if it is absent. */
  long number(String name) {
    String value = query(name);
    try {
      return value.isEmpty() ? 0 : Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw ApiFailure.badRequest("invalid value for query parameter " + name + ": " + value);
    }
  }

  WriteMode writeMode() {
    return switch (query("dryRun")) {
      case "" -> WriteMode.COMMIT;
      case "All" -> WriteMode.DRY_RUN;
      case String other ->
          throw ApiFailure.badRequest(
              "dryRun: Unsupported value: \"" + other + "\": supported values: \"All\"");
    };
  }

  /** A request header, empty if it is absent. */
  String header(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("");
  }

  /** The media type of the body, without its parameters. */
  String contentType() {
    String type = header("Content-Type");
    int semicolon = type.indexOf(';');
    return (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
  }

  /** The accepted media types in order of preference, with their parameters. */
  List<String> accepted() {
    return COMMA
        .splitAsStream(header("Accept"))
        .map(String::strip)
        .filter(type -> !type.isEmpty())
        .toList();
  }

  byte[] body() throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      throw ApiFailure.of(
          413, "RequestEntityTooLarge", "Request entity too large: limit is " + MAX_BODY_BYTES);
    }
    return body;
  }

  void answer(int code, JsonNode body) throws IOException {
    send(code, "application/json", json.writeValueAsBytes(body));
  }

  void answer(int code, String text) throws IOException {
    send(code, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  void answer(ApiFailure failure) throws IOException {
    retryAfter(failure.retryAfterSeconds());
    answer(failure.code(), failure.status());
  }

  void retryAfter(int seconds) {
    if (seconds > 0) {
      exchange.getResponseHeaders().set("Retry-After", Integer.toString(seconds));
    }
  }

  void send(int code, String contentType, byte[] body) throws IOException {
    byte[] sent = body;
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.getResponseHeaders().set("Cache-Control", "no-cache, private");
    if (body.length >= GZIP_FROM_BYTES && acceptsGzip()) {
      exchange.getResponseHeaders().set("Content-Encoding", "gzip");
      exchange.getResponseHeaders().set("Vary", "Accept-Encoding");
      sent = gzip(body);
    }
    exchange.sendResponseHeaders(code, sent.length == 0 ? -1 : sent.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(sent);
    }
  }

  private boolean acceptsGzip() {
    return header("Accept-Encoding").contains("gzip");
  }

  private static byte[] gzip(byte[] body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.length / 4);
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(body);
    }
    return bytes.toByteArray();
  }

  /** Starts an answer of unknown length; each flush sends what is there. */
  OutputStream stream() throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.getResponseHeaders().set("Cache-Control", "no-cache, private");
    exchange.sendResponseHeaders(200, 0);
    return exchange.getResponseBody();
  }

  byte[] bytes(JsonNode node) {
    return json.writeValueAsBytes(node);
  }
}
