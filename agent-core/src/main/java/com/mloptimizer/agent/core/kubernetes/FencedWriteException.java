package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;

/** A write was not sent, since its {@link WriteFence} was closed: it certainly had no effect. */
public final class FencedWriteException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason why, for a person
   */
  public FencedWriteException(String reason) {
    super(reason);
  }
}
