package com.mloptimizer.agent.core.envelope;

/** What an envelope may carry. */
public enum PayloadType {
  ACTION("application/vnd.agent.action.v1+json"),
  CONFIG("application/vnd.agent.config.v1+json");

  private final String mediaType;

  PayloadType(String mediaType) {
    this.mediaType = mediaType;
  }

  /** The {@code payloadType} of the envelope, which the signature covers too. */
  public String mediaType() {
    return mediaType;
  }
}
