package com.mloptimizer.agent.sandbox.cluster.store;

import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Everything random of a cluster. Each use names what it is for, so values depend on the seed and
 * that name only, never on the order in which threads ask: two runs look the same.
 */
public record Seed(long value) {
  /** Kubernetes' alphabet for generated names: no vowels, no look-alikes. */
  private static final String NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  /** A generator of its own for a purpose. */
  public RandomGenerator of(String purpose) {
    long hash = 0xcbf29ce484222325L ^ value;
    for (int i = 0; i < purpose.length(); i++) {
      hash = (hash ^ purpose.charAt(i)) * 0x100000001b3L;
    }
    return new SplittableRandom(hash);
  }

  /** A suffix such as Kubernetes appends to generated names. */
  public String suffix(String purpose, int length) {
    RandomGenerator random = of(purpose);
    StringBuilder suffix = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      suffix.append(NAME_ALPHABET.charAt(random.nextInt(NAME_ALPHABET.length())));
    }
    return suffix.toString();
  }

  /** A version 4 UUID. */
  public String uuid(String purpose) {
    RandomGenerator random = of(purpose);
    long high = (random.nextLong() & 0xffffffffffff0fffL) | 0x4000L;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }
}
