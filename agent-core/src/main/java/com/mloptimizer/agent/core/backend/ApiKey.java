package com.mloptimizer.agent.core.backend;

/** The key that the backend knows the agent by. Never shown: its text form is {@code ***}. */
public final class ApiKey {
  private final String value;

  private ApiKey(String value) {
    this.value = value;
  }

  /**
   * The key of that text, without the white space around it that files end with.
   *
   * @throws IllegalArgumentException if it is empty, or has characters that no HTTP header can
   *     carry; the message does not quote it
   */
  public static ApiKey of(String text) {
    String value = text.strip();
    if (value.isEmpty()) {
      throw new IllegalArgumentException("the API key is empty");
    }
    if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "the API key has characters other than visible ASCII, which no HTTP header can carry");
    }
    return new ApiKey(value);
  }

  /** The value of the {@code Authorization} header. */
  public String toAuthorizationHeader() {
    return "Bearer " + value;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ApiKey key && value.equals(key.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
