package com.mloptimizer.agent.main.support;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** Why somebody cannot be reached, in the same words whichever client has tried. */
public final class Unreachable {
  private Unreachable() {}

  /**
   * For a person, without names of classes where it can be said without. {@code HttpClient} leaves
   * out the message of what {@code Socket} has one for.
   */
  public static String reason(IOException failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
        return "unknown host";
      }
    }
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      @Nullable String message = cause.getMessage();
      if (message != null && !message.isBlank()) {
        return message;
      }
    }
    return failure instanceof ConnectException ? "Connection refused" : failure.toString();
  }
}
