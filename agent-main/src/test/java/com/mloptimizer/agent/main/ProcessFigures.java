package com.mloptimizer.agent.main;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What Linux says of another process. */
record ProcessFigures(long pid) {

  private static final double TICKS_PER_SECOND = 100;

  /** CPU time so far. */
  double cpuSeconds() throws IOException {
    String stat = Files.readString(file("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** Resident memory, in millions of bytes. */
  double residentMegabytes() throws IOException {
    Matcher rss =
        Pattern.compile("VmRSS:\\s+([0-9]+) kB").matcher(Files.readString(file("status")));
    if (!rss.find()) {
      throw new IOException("process " + pid + " has no VmRSS");
    }
    return Long.parseLong(rss.group(1)) * 1024 / 1e6;
  }

  /** The flags that its launcher gave to the JVM, but for the class path. */
  List<String> jvmFlags() throws IOException {
    return Stream.of(Files.readString(file("cmdline")).split("\0", -1))
        .filter(argument -> argument.startsWith("-X") || argument.startsWith("@"))
        .toList();
  }

  private Path file(String name) {
    return Path.of("/proc", Long.toString(pid), name);
  }
}
