package com.mloptimizer.agent.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a JVM needs of a Linux system: the C library, and the files by which it finds users and
 * names. There is no shell and no package manager.
 */
final class SystemFiles {
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+\\.so[.0-9]*) \\(0x");

  private SystemFiles() {}

  /**
   * Copies and writes them.
   *
   * @param root the image's
   * @param javaHome a runtime whose native libraries are to find theirs
   */
  static void make(Path root, Path javaHome) throws IOException, InterruptedException {
    for (Path library : libraries(javaHome)) {
      Path copy = root.resolve(library.toString().substring(1));
      Files.createDirectories(copy.getParent());
      Files.copy(library.toRealPath(), copy);
    }
    Path etc = Files.createDirectories(root.resolve("etc"));
    Files.writeString(etc.resolve("passwd"), "agent:x:1000:1000:agent:/tmp:/none\n");
    Files.writeString(etc.resolve("group"), "agent:x:1000:\n");
    Files.writeString(etc.resolve("nsswitch.conf"), "hosts: files dns\n");
    Files.createDirectories(root.resolve("tmp"));
  }

  private static Set<Path> libraries(Path javaHome) throws IOException, InterruptedException {
    Set<Path> libraries = new TreeSet<>();
    try (Stream<Path> files = Files.walk(javaHome)) {
      for (Path file : files.filter(SystemFiles::isNative).toList()) {
        LIBRARY
            .matcher(Tool.run(javaHome, List.of("ldd", file.toString())))
            .results()
            .map(found -> Path.of(found.group(1)))
            .filter(library -> !library.startsWith(javaHome))
            .forEach(libraries::add);
      }
    }
    return libraries;
  }

  private static boolean isNative(Path file) {
    return file.toString().endsWith(".so") || file.endsWith(Path.of("bin", "java"));
  }
}
