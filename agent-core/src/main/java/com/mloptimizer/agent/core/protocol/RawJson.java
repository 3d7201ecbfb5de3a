package com.mloptimizer.agent.core.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Cuts values out of JSON text exactly as they are written there, so that an envelope can be hashed
 * and kept as it was sent. It works on text because a parser of bytes guesses their encoding, and
 * has no offsets for any but UTF-8.
 */
final class RawJson {
  private RawJson() {}

  /**
   * The fields of an object, by name; nothing if the value is not an object.
   *
   * @throws JacksonException if the text is not JSON
   */
  static Map<String, String> objectFields(String json) {
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser parser = parser(json)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          fields.put(name, value(parser, json));
        }
      }
    }
    return fields;
  }

  /**
   * The elements of an array; nothing if the value is not an array.
   *
   * @throws JacksonException if the text is not JSON
   */
  static List<String> arrayElements(String json) {
    List<String> elements = new ArrayList<>();
    try (JsonParser parser = parser(json)) {
      if (parser.nextToken() == JsonToken.START_ARRAY) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(value(parser, json));
        }
      }
    }
    return elements;
  }

  private static JsonParser parser(String json) {
    return new JsonFactory().createParser(ObjectReadContext.empty(), json);
  }

  private static String value(JsonParser parser, String json) {
    int start = (int) parser.currentTokenLocation().getCharOffset();
    parser.finishToken();
    parser.skipChildren();
    int end = (int) parser.currentLocation().getCharOffset();
    return json.substring(start, end);
  }
}
