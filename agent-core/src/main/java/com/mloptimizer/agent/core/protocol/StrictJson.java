package com.mloptimizer.agent.core.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON in one way only, for everything that is signed: valid UTF-8, no duplicate names, no
 * half of a surrogate pair, nothing after the value, at most 16 levels deep. Whoever reads the
 * values looks at their JSON types, so that nothing is coerced. Safe for use by several threads.
 */
public final class StrictJson {
  private static final int MAX_DEPTH = 16;
  private static final int EXCERPT = 64;

  private final JsonMapper mapper =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(32)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  /**
   * Reads one JSON object.
   *
   * @throws JacksonException if the bytes are anything else
   */
  public ObjectNode readObject(byte[] utf8) {
    JsonNode node = mapper.readTree(text(utf8));
    if (!(node instanceof ObjectNode object)) {
      throw new StreamReadException("not an object");
    }
    // An escape can spell half a pair, which could not be written again as UTF-8.
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(object.toString())) {
      throw new StreamReadException("half of a surrogate pair");
    }
    return object;
  }

  /**
   * What was wrong, in one line; quotes at most an excerpt of the text, so only for verified ones.
   */
  public String reason(JacksonException e) {
    return e.getOriginalMessage().lines().findFirst().map(StrictJson::excerpt).orElse("unreadable");
  }

  /**
   * The start of a text from outside, fit for a message: printable ASCII, at most 64 characters.
   */
  public static String excerpt(String text) {
    StringBuilder excerpt = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), EXCERPT); i++) {
      char c = text.charAt(i);
      excerpt.append(c >= ' ' && c < 0x7f ? c : '?');
    }
    return excerpt.toString();
  }

  /**
   * The text of these bytes.
   *
   * @throws JacksonException if they are not UTF-8
   */
  static String text(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new StreamReadException("not UTF-8");
    }
  }
}
