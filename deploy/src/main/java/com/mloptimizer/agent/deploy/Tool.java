package com.mloptimizer.agent.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program that the build runs to its end. */
final class Tool {
  private Tool() {}

  /**
   * A program of the JDK that runs the build. In the same process jlink orders its output anew each
   * time.
   */
  static String jdk(String name, List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", name).toString());
    command.addAll(arguments);
    return run(Path.of(""), command);
  }

  /**
   * Runs a command and returns what it printed.
   *
   * @throws IOException with its output, if it failed
   */
  static String run(Path directory, List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toAbsolutePath().toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(command + " ended with " + code + ": " + output);
    }
    return output;
  }
}
