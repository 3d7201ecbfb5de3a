package com.mloptimizer.agent.core.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

final class SkippingStreamTest {

  private static final List<String> NAMES = List.of("managedFields", "annotations");
  private static final List<String> TEXTS =
      List.of("managedFields", "annotations", "a", "", "é\"{[", "\\", "\\\"", "]}", "managedField");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"managedFields\":[{\"f:x\":{}}],\"a\":1} | {\"managedFields\":0,\"a\":1}",
        "{\"managedFields\" :\t{\"]\":\"\\\"}\"} ,\"a\":1} | {\"managedFields\" :\t0 ,\"a\":1}",
        "{\"managedFields\":\"text\",\"a\":1} | {\"managedFields\":\"text\",\"a\":1}",
        "{\"managedFields\":null} | {\"managedFields\":null}",
        "{\"managedFields\":\"annotations\"} | {\"managedFields\":\"annotations\"}",
        "[\"managedFields\",[1]] | [\"managedFields\",[1]]",
        "{\"a\":\"managedFields\",\"b\":[1]} | {\"a\":\"managedFields\",\"b\":[1]}",
        "{\"xmanagedFields\":[1],\"managedFieldsx\":[1]} | {\"xmanagedFields\":[1],\"managedFieldsx\":[1]}",
        "{\"managed\\u0046ields\":[1]} | {\"managed\\u0046ields\":[1]}",
        "{\"managedFields\":[1 | {\"managedFields\":0"
      })
  void read_namedFields_losesTheirObjectsAndArraysOnly(String json, String left)
      throws IOException {
    for (int chunk = 1; chunk < 20; chunk++) {
      assertThat(through(json, chunk)).as("in pieces of %s", chunk).isEqualTo(left);
    }
  }

  @Test
  void read_anyJson_isTheSameButForTheNamedFields() throws IOException {
    JsonMapper mapper = JsonMapper.shared();
    for (long seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      JsonNode whole = random(random, 4);
      String json = random.nextBoolean() ? whole.toString() : whole.toPrettyString();

      JsonNode left = mapper.readTree(through(json, 1 + random.nextInt(40)));

      assertThat(left).as("seed %s: %s", seed, json).isEqualTo(without(whole));
    }
  }

  /** The one-byte read of the contract. */
  @Test
  void read_byteByByte_isTheSame() throws IOException {
    InputStream in =
        new SkippingStream(
            new ByteArrayInputStream("{\"annotations\":{\"a\":1},\"é\":2}".getBytes(UTF_8)), NAMES);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int each = in.read(); each >= 0; each = in.read()) {
      out.write(each);
    }
    assertThat(out.toString(UTF_8)).isEqualTo("{\"annotations\":0,\"é\":2}");
  }

  private static String through(String json, int chunk) throws IOException {
    InputStream in = new SkippingStream(new ByteArrayInputStream(json.getBytes(UTF_8)), NAMES);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[chunk + 2];
    for (int read = in.read(buffer, 1, chunk); read >= 0; read = in.read(buffer, 1, chunk)) {
      assertThat(read).isPositive();
      out.write(buffer, 1, read);
    }
    return out.toString(UTF_8);
  }

  private static JsonNode random(Random random, int depth) {
    JsonMapper mapper = JsonMapper.shared();
    return switch (depth == 0 ? 2 + random.nextInt(2) : random.nextInt(4)) {
      case 0 -> {
        ObjectNode object = mapper.createObjectNode();
        for (int i = random.nextInt(5); i > 0; i--) {
          object.set(text(random), random(random, depth - 1));
        }
        yield object;
      }
      case 1 -> {
        ArrayNode array = mapper.createArrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(random(random, depth - 1));
        }
        yield array;
      }
      case 2 -> mapper.getNodeFactory().stringNode(text(random));
      default -> mapper.getNodeFactory().numberNode(random.nextInt(100));
    };
  }

  private static String text(Random random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  private static JsonNode without(JsonNode node) {
    JsonMapper mapper = JsonMapper.shared();
    if (node instanceof ObjectNode object) {
      Map<String, JsonNode> fields =
          object.properties().stream()
              .collect(
                  Collectors.toMap(
                      Map.Entry::getKey,
                      field ->
                          NAMES.contains(field.getKey()) && field.getValue().isContainer()
                              ? mapper.getNodeFactory().numberNode(0)
                              : without(field.getValue())));
      return mapper.createObjectNode().setAll(fields);
    }
    if (node instanceof ArrayNode array) {
      ArrayNode copy = mapper.createArrayNode();
      array.forEach(each -> copy.add(without(each)));
      return copy;
    }
    return node;
  }
}
