package com.mloptimizer.agent.main.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class UnreachableTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        // What HttpClient throws when a port is closed, and what Socket does.
        Arguments.of(because(new ConnectException(), new ClosedChannelException()), "refused"),
        Arguments.of(new ConnectException("Connection refused"), "Connection refused"),
        Arguments.of(
            because(new ConnectException(), new UnresolvedAddressException()), "unknown host"),
        Arguments.of(new UnknownHostException("backend.example"), "unknown host"),
        Arguments.of(new HttpTimeoutException("request timed out"), "request timed out"),
        Arguments.of(because(new IOException(), new IOException("why")), "why"));
  }

  private static IOException because(IOException failure, Exception cause) {
    failure.initCause(cause);
    return failure;
  }

  @ParameterizedTest
  @MethodSource("failures")
  void reason_failure_isSaidWithoutNamesOfClasses(IOException failure, String reason) {
    assertThat(Unreachable.reason(failure)).contains(reason).doesNotContain("Exception", "java.");
  }
}
