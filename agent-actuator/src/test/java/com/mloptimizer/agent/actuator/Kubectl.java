package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The machine's kubectl, as the reference for what an action does. */
final class Kubectl {
  private Kubectl() {}

  /**
   * What kubectl prints, on both of its streams, against the cluster of {@code -Dit.kubeconfig};
   * the test is skipped where there is no kubectl.
   */
  static String run(String... arguments) throws Exception {
    Optional<Path> kubectl = find();
    assumeThat(kubectl).as("kubectl is installed").isPresent();
    List<String> command = new ArrayList<>();
    command.add(kubectl.orElseThrow().toString());
    command.add("--kubeconfig=" + Stage.realKubeconfig());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(printed).isZero();
    return printed;
  }

  private static Optional<Path> find() {
    Stream<Path> onPath =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .map(Path::of);
    Path built = Path.of(System.getProperty("user.home"), ".cache", "kube-1.20", "bin");
    return Stream.concat(onPath, Stream.of(built))
        .map(directory -> directory.resolve("kubectl"))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
