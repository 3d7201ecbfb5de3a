package com.mloptimizer.agent.core.envelope;

import java.util.List;

/** The keys that verify at this moment; without one, nothing is believed. Immutable. */
public record Keyring(List<SigningKey> keys) {
  public Keyring {
    keys = List.copyOf(keys);
  }

  /** A ring of one key. */
  public static Keyring of(SigningKey key) {
    return new Keyring(List.of(key));
  }

  @Override
  public String toString() {
    return keys.stream().map(SigningKey::keyId).toList().toString();
  }
}
