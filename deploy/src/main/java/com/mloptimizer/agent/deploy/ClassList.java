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
 * The classes that the image's archive holds. A training run finds them; the list is kept in the
 * source, so that one commit gives one image.
 */
public final class ClassList {
  private static final Pattern ID = Pattern.compile(" id: [0-9]+$");

  private ClassList() {}

  /**
   * Lets the agent work and writes down what it loaded.
   *
   * @param arguments the assembled agent, and the file to write
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path assembly = Path.of(arguments[0]);
    Path file = Path.of(arguments[1]);
    Path scratch = Files.createTempDirectory("training");
    Path raw = scratch.resolve("classes");
    TrainingRun.of(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + assembly.resolve("bin/agent.vmoptions"),
            "-XX:DumpLoadedClassList=" + raw,
            "-classpath",
            assembly.resolve("lib") + "/*",
            ImageRoot.MAIN),
        scratch);
    Set<String> classes;
    try (Stream<String> lines = Files.lines(raw)) {
      classes =
          lines
              .filter(ClassList::isStable)
              .map(ClassList::withoutId)
              .collect(TreeSet::new, Set::add, Set::addAll);
    }
    Files.createDirectories(file.getParent());
    Files.write(file, classes);
    System.out.println(classes.size() + " lines in " + file);
    ImageRoot.delete(scratch);
  }

  /**
   * Hints about constant pools differ from run to run, and an archive without linked classes has no
   * use for them.
   */
  private static boolean isStable(String line) {
    return !line.startsWith("#") && !line.startsWith("@cp ");
  }

  private static String withoutId(String line) {
    return ID.matcher(line).replaceFirst("");
  }
}
