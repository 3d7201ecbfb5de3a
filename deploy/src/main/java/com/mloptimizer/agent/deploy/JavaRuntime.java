package com.mloptimizer.agent.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A Java runtime of the modules that the agent's JARs use. */
final class JavaRuntime {
  private static final Pattern DEPENDENCY = Pattern.compile("-> (jdk\\.\\S+|java\\.\\S+)");

  /**
   * What jdeps finds and nothing calls: bean introspection in Jackson, SnakeYAML and commons-lang3.
   */
  private static final Set<String> UNUSED = Set.of("java.desktop");

  /**
   * The security providers of the runtime's modules. A provider that is named and not there makes
   * the JDK look for it on the class path, which initializes all of BouncyCastle.
   */
  private static final List<String> PROVIDERS =
      List.of("SUN", "SunRsaSign", "SunEC", "SunJSSE", "SunJCE");

  private JavaRuntime() {}

  /**
   * Makes a runtime.
   *
   * @param libraries folder of the agent's JARs
   * @param home where the runtime comes to stand; must not exist
   */
  static void make(Path libraries, Path home) throws IOException, InterruptedException {
    Tool.jdk(
        "jlink",
        List.of(
            "--add-modules",
            String.join(",", modules(libraries)),
            "--strip-debug",
            "--no-header-files",
            "--no-man-pages",
            "--output",
            home.toString()));
    nameOwnProviders(home.resolve("conf/security/java.security"));
  }

  /** The JDK's modules that these JARs refer to. */
  private static Set<String> modules(Path libraries) throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--multi-release",
                Integer.toString(Runtime.version().feature()),
                "--ignore-missing-deps",
                "-summary",
                "--module-path",
                libraries.toString()));
    try (Stream<Path> files = Files.list(libraries)) {
      files.map(Path::toString).sorted().forEach(arguments::add);
    }
    Set<String> modules = new TreeSet<>();
    DEPENDENCY
        .matcher(Tool.jdk("jdeps", arguments))
        .results()
        .forEach(found -> modules.add(found.group(1)));
    modules.removeAll(UNUSED);
    return modules;
  }

  private static void nameOwnProviders(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.startsWith("security.provider.")) {
        lines.add(line);
      }
    }
    for (int i = 0; i < PROVIDERS.size(); i++) {
      lines.add("security.provider." + (i + 1) + "=" + PROVIDERS.get(i));
    }
    Files.write(file, lines);
  }
}
