package com.mloptimizer.agent.heartbeat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The control group that the agent runs in, of version 1 or 2. Inside a container its files stand
 * at the mount point itself, whatever path {@code /proc/self/cgroup} names; elsewhere at that path,
 * where the groups above have a say in the limits.
 */
final class Cgroup {
  private static final Path MOUNT = Path.of("sys/fs/cgroup");

  private final KernelFiles files;

  Cgroup(KernelFiles files) {
    this.files = files;
  }

  /** Processor time used, if the kernel counts it. */
  OptionalLong cpuNanos() {
    if (isVersion2()) {
      OptionalLong micros = files.numberOf(own(""), "cpu.stat", "usage_usec");
      return micros.isEmpty() ? micros : OptionalLong.of(micros.getAsLong() * 1000);
    }
    return files.number(own("cpuacct"), "cpuacct.usage");
  }

  /** How many processors may be used at once, if there is a limit. */
  OptionalDouble cpuQuota() {
    return groups(isVersion2() ? "" : "cpu").stream()
        .map(this::cpuQuota)
        .filter(quota -> quota > 0)
        .mapToDouble(quota -> quota)
        .min();
  }

  /** Memory used, without what the kernel would give back first, as the kubelet counts it. */
  OptionalLong memoryUsed() {
    boolean version2 = isVersion2();
    Path own = own(version2 ? "" : "memory");
    OptionalLong all = files.number(own, version2 ? "memory.current" : "memory.usage_in_bytes");
    if (all.isEmpty()) {
      return all;
    }
    long cache =
        files
            .numberOf(own, "memory.stat", version2 ? "inactive_file" : "total_inactive_file")
            .orElse(0);
    return OptionalLong.of(Math.max(0, all.getAsLong() - cache));
  }

  /** The limit of memory in bytes, if there is one; version 1 has a huge number where not. */
  OptionalLong memoryLimit() {
    boolean version2 = isVersion2();
    return groups(version2 ? "" : "memory").stream()
        .map(group -> files.number(group, version2 ? "memory.max" : "memory.limit_in_bytes"))
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .min();
  }

  /** 0 if there is none. */
  private double cpuQuota(Path group) {
    if (isVersion2()) {
      String[] columns =
          files.content(group.resolve("cpu.max").toString()).orElse("").split(" ", -1);
      return columns.length == 2
          ? ratio(KernelFiles.number(columns[0]), KernelFiles.number(columns[1]))
          : 0;
    }
    return ratio(files.number(group, "cpu.cfs_quota_us"), files.number(group, "cpu.cfs_period_us"));
  }

  private static double ratio(OptionalLong quota, OptionalLong period) {
    return quota.orElse(-1) > 0 && period.orElse(0) > 0
        ? quota.getAsLong() / (double) period.getAsLong()
        : 0;
  }

  /** A hybrid, with an empty version 2 beside version 1, counts as version 1. */
  private boolean isVersion2() {
    return files.exists(MOUNT.resolve("cgroup.controllers"));
  }

  private Path own(String controller) {
    return groups(controller).getFirst();
  }

  /** The agent's group and those above it, as far as they can be seen. */
  private List<Path> groups(String controller) {
    Path mount = MOUNT.resolve(controller);
    Path group = mount.resolve(path(controller)).normalize();
    if (!group.startsWith(mount) || !files.isDirectory(group)) {
      return List.of(mount);
    }
    List<Path> groups = new ArrayList<>();
    for (int names = group.getNameCount(); names >= mount.getNameCount(); names--) {
      groups.add(group.subpath(0, names));
    }
    return groups;
  }

  /** Of the lines {@code 4:cpu,cpuacct:/path}, or {@code 0::/path} for version 2. */
  private String path(String controller) {
    Function<String, String[]> columns = line -> line.split(":", 3);
    Optional<String> path =
        files.lines("proc/self/cgroup").stream()
            .map(columns)
            .filter(parts -> parts.length == 3 && controls(parts[1], controller))
            .map(parts -> parts[2])
            .findFirst();
    return path.map(absolute -> absolute.replaceFirst("^/+", "")).orElse("");
  }

  private static boolean controls(String controllers, String controller) {
    return Arrays.asList(controllers.split(",", -1)).contains(controller);
  }
}
