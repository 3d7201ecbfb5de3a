package com.mloptimizer.agent.core.kubernetes;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An exact Kubernetes quantity: {@code 100m}, {@code 1500000000n}, {@code 1.5}, {@code 1e3}, {@code
 * 128Mi}, {@code 128974848000m}. Read as {@code k8s.io/apimachinery/pkg/api/resource} reads them.
 *
 * @param value the amount, in cores, bytes or pieces
 */
public record Quantity(BigDecimal value) {

  /** Nothing. */
  public static final Quantity ZERO = new Quantity(BigDecimal.ZERO);

  private static final Pattern FORMAT =
      Pattern.compile(
          "([+-]?)([0-9]+\\.?[0-9]*|\\.[0-9]+)(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,10})");

  private static final int MAX_LENGTH = 64;

  /** As many digits as any long holds. */
  private static final int MAX_PLAIN_DIGITS = 18;

  private static final Set<String> UNITS =
      Set.of("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");

  /** Beyond any number that fits 64 bits, whatever stands before it. */
  private static final long MAX_EXPONENT = 200;

  private static final BigInteger MAX = BigInteger.valueOf(Long.MAX_VALUE);

  /** Reads a quantity; empty if the text is none. Negative ones are quantities, too. */
  public static Optional<Quantity> parse(@Nullable String text) {
    if (text == null || text.isEmpty() || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int digits = leadingDigits(text);
    if (digits > 0 && digits <= MAX_PLAIN_DIGITS && UNITS.contains(text.substring(digits))) {
      // Nearly all of them, and of these there are tens of thousands in a collection.
      BigDecimal number = BigDecimal.valueOf(Long.parseLong(text, 0, digits, 10));
      return Optional.of(new Quantity(scale(number, text.substring(digits))));
    }
    Matcher matcher = FORMAT.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    BigDecimal number = new BigDecimal(matcher.group(1) + matcher.group(2));
    return Optional.of(new Quantity(scale(number, matcher.group(3))));
  }

  private static int leadingDigits(String text) {
    int end = 0;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  /** Whether it is less than nothing. */
  public boolean isNegative() {
    return value.signum() < 0;
  }

  /**
   * In thousandths, as CPU is counted; rounded away from zero, as Kubernetes does, and capped to a
   * long.
   */
  public long toMillicores() {
    return capped(value.movePointRight(3));
  }

  /** In billionths, as CPU is measured, so that sums are rounded once; capped to a long. */
  public long toNanocores() {
    return capped(value.movePointRight(9));
  }

  /**
   * In whole units, as memory is counted; rounded away from zero, as Kubernetes does, and capped to
   * a long.
   */
  public long toBytes() {
    return capped(value);
  }

  /** The sum. */
  public Quantity plus(Quantity other) {
    return new Quantity(value.add(other.value));
  }

  private static BigDecimal scale(BigDecimal number, String suffix) {
    if (suffix.length() > 1
        && (suffix.charAt(0) == 'e' || suffix.charAt(0) == 'E')
        && suffix.charAt(1) != 'i') {
      long exponent = Long.parseLong(suffix.substring(1));
      return number.scaleByPowerOfTen((int) Math.clamp(exponent, -MAX_EXPONENT, MAX_EXPONENT));
    }
    return switch (suffix) {
      case "n" -> number.movePointLeft(9);
      case "u" -> number.movePointLeft(6);
      case "m" -> number.movePointLeft(3);
      case "k" -> number.movePointRight(3);
      case "M" -> number.movePointRight(6);
      case "G" -> number.movePointRight(9);
      case "T" -> number.movePointRight(12);
      case "P" -> number.movePointRight(15);
      case "E" -> number.movePointRight(18);
      case "Ki" -> binary(number, 10);
      case "Mi" -> binary(number, 20);
      case "Gi" -> binary(number, 30);
      case "Ti" -> binary(number, 40);
      case "Pi" -> binary(number, 50);
      case "Ei" -> binary(number, 60);
      default -> number;
    };
  }

  private static BigDecimal binary(BigDecimal number, int shift) {
    return number.multiply(BigDecimal.valueOf(1L << shift));
  }

  private static long capped(BigDecimal amount) {
    BigInteger up = amount.setScale(0, RoundingMode.UP).toBigInteger();
    return up.bitLength() < Long.SIZE ? up.longValue() : MAX.longValue() * up.signum();
  }
}
