package com.mloptimizer.agent.sandbox.cluster.store;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads Kubernetes quantities such as {@code 250m} and {@code 128Mi}. */
public final class Quantity {
  private static final Map<String, BigDecimal> FACTORS =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1e-9")),
          Map.entry("u", new BigDecimal("1e-6")),
          Map.entry("m", new BigDecimal("1e-3")),
          Map.entry("", BigDecimal.ONE),
          Map.entry("k", new BigDecimal("1e3")),
          Map.entry("M", new BigDecimal("1e6")),
          Map.entry("G", new BigDecimal("1e9")),
          Map.entry("T", new BigDecimal("1e12")),
          Map.entry("Ki", new BigDecimal(1L << 10)),
          Map.entry("Mi", new BigDecimal(1L << 20)),
          Map.entry("Gi", new BigDecimal(1L << 30)),
          Map.entry("Ti", new BigDecimal(1L << 40)));

  private Quantity() {}

  /** Thousandths, rounded up: millicores of a CPU quantity; 0 if there is none. */
  public static long millis(JsonNode quantity) {
    return parse(quantity).movePointRight(3).setScale(0, RoundingMode.CEILING).longValue();
  }

  /** Units, rounded up: bytes of a memory quantity; 0 if there is none. */
  public static long units(JsonNode quantity) {
    return parse(quantity).setScale(0, RoundingMode.CEILING).longValue();
  }

  private static BigDecimal parse(JsonNode quantity) {
    String text = quantity.asString("");
    int end = text.length();
    while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
      end--;
    }
    BigDecimal factor = FACTORS.get(text.substring(end));
    if (factor == null || end == 0) {
      return BigDecimal.ZERO;
    }
    try {
      return new BigDecimal(text.substring(0, end)).multiply(factor);
    } catch (NumberFormatException e) {
      return BigDecimal.ZERO;
    }
  }
}
