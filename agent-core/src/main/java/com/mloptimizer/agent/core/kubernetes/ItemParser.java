package com.mloptimizer.agent.core.kubernetes;

import tools.jackson.core.JsonParser;

/**
 * Reads one object of a list or a watch into a record of the fields that are used. Called by the
 * thread that reads the stream.
 *
 * @param <T> what it makes of an object
 */
@FunctionalInterface
public interface ItemParser<T> {

  /**
   * Reads the object.
   *
   * @param parser stands at the object's START_OBJECT; left at its END_OBJECT, which {@link
   *     ObjectCursor} does when it is read to its end
   */
  T read(JsonParser parser);
}
