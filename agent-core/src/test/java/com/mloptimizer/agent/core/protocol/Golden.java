package com.mloptimizer.agent.core.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The messages as they must look on the wire. */
final class Golden {
  private static final JsonMapper MAPPER = new JsonMapper();

  private Golden() {}

  static String text(String name) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name + ".json")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(String name) {
    return text(name).getBytes(StandardCharsets.UTF_8);
  }

  /** Reads with a mapper that has none of the codec's settings. */
  static JsonNode tree(String json) {
    return MAPPER.readTree(json);
  }

  static JsonNode tree(byte[] json) {
    return MAPPER.readTree(json);
  }
}
