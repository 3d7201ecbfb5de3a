package com.mloptimizer.agent.collector.cluster;

import com.mloptimizer.agent.core.kubernetes.ObjectCursor;
import com.mloptimizer.agent.core.kubernetes.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads the quantities of one object. What is no quantity, or less than nothing, is skipped as if
 * it weren't there, and noted by where it stands.
 */
final class QuantityReader {

  /** More than that says nothing new. */
  private static final int MAX_NOTED = 20;

  private static final int MAX_TEXT = 40;

  private @Nullable List<String> skipped;
  private String part = "";
  private String partName = "";

  /** What is read from now on belongs to this part of the object, for example a container. */
  void enter(String kind, String name) {
    part = kind;
    partName = name;
  }

  /** The {@code cpu} and {@code memory} of an object; {@code what} they are, for the note. */
  Amounts amounts(String what, ObjectCursor fields) {
    return amounts(what, fields, other -> {});
  }

  /**
   * The same.
   *
   * @param others takes the cursor at every other field
   */
  Amounts amounts(String what, ObjectCursor fields, Consumer<ObjectCursor> others) {
    Long cpu = null;
    Long memory = null;
    while (fields.next()) {
      switch (fields.field()) {
        case "cpu" -> cpu = read(what, fields, Quantity::toMillicores);
        case "memory" -> memory = whole(what, fields);
        default -> others.accept(fields);
      }
    }
    return cpu == null && memory == null ? Amounts.NONE : new Amounts(cpu, memory);
  }

  /** The {@code cpu} and {@code memory} of a sample. */
  Usage usage(ObjectCursor fields) {
    Long cpu = null;
    Long memory = null;
    while (fields.next()) {
      switch (fields.field()) {
        case "cpu" -> cpu = read("usage", fields, Quantity::toNanocores);
        case "memory" -> memory = whole("usage", fields);
        default -> {}
      }
    }
    return cpu == null && memory == null ? Usage.NONE : new Usage(cpu, memory);
  }

  /** The field at which the cursor stands, in bytes or pieces. */
  @Nullable Long whole(String what, ObjectCursor field) {
    return read(what, field, Quantity::toBytes);
  }

  private @Nullable Long read(String what, ObjectCursor field, ToLongFunction<Quantity> unit) {
    String text = field.text();
    if (text == null) {
      return null;
    }
    Optional<Quantity> quantity = Quantity.parse(text);
    if (quantity.isEmpty()) {
      note(what, field.field(), text, "is no quantity");
      return null;
    }
    if (quantity.get().isNegative()) {
      note(what, field.field(), text, "is negative");
      return null;
    }
    return unit.applyAsLong(quantity.get());
  }

  private void note(String what, String field, String text, String wrong) {
    if (skipped == null) {
      skipped = new ArrayList<>();
    }
    if (skipped.size() < MAX_NOTED) {
      String shown = text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
      skipped.add(
          (part.isEmpty() ? "" : part + " " + partName + ": ")
              + what
              + " "
              + field
              + " '"
              + shown
              + "' "
              + wrong);
    }
  }

  /** What was skipped, for example {@code container web: requests cpu '-1' is negative}. */
  List<String> skipped() {
    return skipped == null ? List.of() : List.copyOf(skipped);
  }
}
