package com.mloptimizer.agent.sandbox.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the demo was asked for.
 *
 * @param agent the launcher of the agent
 * @param kubeconfig another cluster than the embedded one, if there is one
 * @param dryRun whether the agent plans only
 * @param port the console's; 0 takes a free one
 */
record DemoOptions(Path agent, @Nullable Path kubeconfig, boolean dryRun, int port) {
  private static final Set<String> NAMES = Set.of("--agent", "--kubeconfig", "--dry-run", "--port");

  /**
   * Parses {@code --name=value} arguments; an empty value counts as none. On a cluster that is not
   * the demo's own, nothing is changed unless {@code --dry-run=false} says so.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  static DemoOptions parse(String[] arguments) {
    Map<String, String> values = new HashMap<>();
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (parts.length != 2 || !NAMES.contains(parts[0])) {
        throw new IllegalArgumentException("unknown argument " + argument + "; known: " + NAMES);
      }
      values.put(parts[0], parts[1]);
    }
    Path agent = existing("--agent", values.getOrDefault("--agent", ""));
    String kubeconfig = values.getOrDefault("--kubeconfig", "");
    String dryRun = values.getOrDefault("--dry-run", "");
    return new DemoOptions(
        agent,
        kubeconfig.isEmpty() ? null : existing("-Dkubeconfig=FILE", kubeconfig),
        dryRun.isEmpty() ? !kubeconfig.isEmpty() : dryRun.equals("true"),
        port(values.getOrDefault("--port", "0")));
  }

  private static int port(String text) {
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException("-Dport=PORT must be 0 to 65535, not '" + text + "'");
  }

  private static Path existing(String name, String file) {
    if (file.isEmpty() || !Files.isReadable(Path.of(file))) {
      throw new IllegalArgumentException(name + ": cannot read '" + file + "'");
    }
    return Path.of(file).toAbsolutePath();
  }
}
