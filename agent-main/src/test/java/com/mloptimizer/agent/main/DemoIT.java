package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.sandbox.demo.Demo;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo as a process, as Maven starts it. */
@Timeout(180)
class DemoIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  @Test
  void main_portTaken_saysWhichAndHowToChooseAnother() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Process demo =
          new ProcessBuilder(
                  java("--agent=" + Surroundings.LAUNCHER, "--port=" + taken.getLocalPort()))
              .redirectErrorStream(true)
              .start();

      String printed;
      try (BufferedReader out = demo.inputReader()) {
        printed = String.join("\n", out.readAllLines());
      }
      assertThat(demo.waitFor()).isEqualTo(2);
      assertThat(printed)
          .contains("The demo cannot start: port " + taken.getLocalPort() + " is taken", "-Dport=")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void main_parentGone_endsWithItsAgent() throws Exception {
    String command = String.join("' '", java("--agent=" + Surroundings.LAUNCHER, "--port=0"));
    // Without the last command the shell would become the demo.
    Process parent =
        new ProcessBuilder("sh", "-c", "'" + command + "'; true").redirectErrorStream(true).start();
    List<ProcessHandle> started = List.of();
    try (BufferedReader out = parent.inputReader()) {
      String printed = "";
      for (String line = ""; line != null && !printed.contains("Ctrl-C"); line = out.readLine()) {
        printed += line + "\n";
      }
      assertThat(printed).contains("target/kubernetes-agent/bin/agent sign action.json");
      started = parent.descendants().toList();
      assertThat(started).as("the demo and its agent").hasSizeGreaterThanOrEqualTo(2);

      parent.destroyForcibly();

      CompletableFuture.allOf(
              started.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new))
          .get(SOON.toSeconds(), TimeUnit.SECONDS);
    } finally {
      parent.destroyForcibly();
      started.forEach(ProcessHandle::destroyForcibly);
    }
  }

  private static List<String> java(String... arguments) {
    return Stream.concat(
            Stream.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-classpath",
                System.getProperty("java.class.path"),
                Demo.class.getName()),
            Stream.of(arguments))
        .toList();
  }
}
