package com.mloptimizer.agent.core.kubernetes;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Walks once over the fields of a JSON object in a stream, leniently: a field that is not asked for
 * is skipped, {@code null} and a value of another type read as absent. Read it to its end:
 *
 * <pre>{@code
 * ObjectCursor pod = ObjectCursor.over(parser);
 * while (pod.next()) {
 *   switch (pod.field()) {
 *     case "metadata" -> metadata = readMetadata(pod.object());
 *     case "spec" -> spec = readSpec(pod.object());
 *     default -> {}
 *   }
 * }
 * }</pre>
 */
public final class ObjectCursor {

  private final JsonParser parser;
  private boolean open;
  private boolean started;
  private String field = "";

  private ObjectCursor(JsonParser parser) {
    this.parser = parser;
    this.open = parser.currentToken() == JsonToken.START_OBJECT;
  }

  /** Over the object at whose START_OBJECT the parser stands; anything else has no fields. */
  public static ObjectCursor over(JsonParser parser) {
    return new ObjectCursor(parser);
  }

  /** Moves to the next field, past what was not read of the last; false at the object's end. */
  public boolean next() {
    if (!open) {
      return false;
    }
    if (started) {
      parser.skipChildren();
    }
    started = true;
    String name = parser.nextName();
    if (name == null) {
      open = false;
      return false;
    }
    field = name;
    parser.nextToken();
    return true;
  }

  /** The name of the field it stands at. */
  public String field() {
    return field;
  }

  /** The value as text, of a number too; null if it is null or has fields or elements. */
  public @Nullable String text() {
    return scalar(parser);
  }

  /** The value as text, or this. */
  public String text(String absent) {
    String value = scalar(parser);
    return value == null ? absent : value;
  }

  /** The value as a whole number, or this if it is none. */
  public long number(long absent) {
    return parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        ? parser.getValueAsLong(absent)
        : absent;
  }

  /** Whether the value is {@code true}. */
  public boolean flag() {
    return parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  /** The value's own fields; none if it is no object. */
  public ObjectCursor object() {
    return new ObjectCursor(parser);
  }

  /** The value's string entries, such as labels. */
  public Map<String, String> texts() {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return Map.of();
    }
    Map<String, String> entries = new LinkedHashMap<>();
    ObjectCursor fields = object();
    while (fields.next()) {
      String value = fields.text();
      if (value != null) {
        entries.put(fields.field(), value);
      }
    }
    return entries;
  }

  /** What the reader makes of each object in the value; none if it is no array. */
  public <T> List<T> objects(Function<ObjectCursor, T> reader) {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      return List.of();
    }
    List<T> items = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != null && token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      if (token == JsonToken.START_OBJECT) {
        items.add(reader.apply(new ObjectCursor(parser)));
      }
      parser.skipChildren();
    }
    return items;
  }

  private static @Nullable String scalar(JsonParser parser) {
    JsonToken token = parser.currentToken();
    return token != null && token.isScalarValue() && token != JsonToken.VALUE_NULL
        ? parser.getString()
        : null;
  }
}
