package com.mloptimizer.agent.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the image's files, in three folders that become three layers: what changes with the JDK,
 * what changes with the agent, and the archive of its classes.
 *
 * <pre>
 * runtime/  opt/java, the C library, etc/passwd and its like
 * agent/    opt/agent/lib/*.jar, agent.vmoptions, agent.main
 * cache/    opt/agent/agent.jsa
 * </pre>
 *
 * The same input gives the same bytes, wherever it is built.
 */
public final class ImageRoot {
  static final String MAIN = "com.mloptimizer.agent.main.Main";

  /** What jib dates the image's files to; an archive is only good for files of the date it saw. */
  private static final FileTime DATE = FileTime.fromMillis(1000);

  private final Path assembly;
  private final Path classList;
  private final Path target;
  private final Path javaHome;
  private final Path agentHome;

  private ImageRoot(Path assembly, Path classList, Path target) {
    this.assembly = assembly;
    this.classList = classList;
    this.target = target;
    this.javaHome = target.resolve("runtime/opt/java");
    this.agentHome = target.resolve("agent/opt/agent");
  }

  /**
   * Makes them.
   *
   * @param arguments the assembled agent, the class list, and the folder to make them in
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    new ImageRoot(absolute(arguments[0]), absolute(arguments[1]), absolute(arguments[2])).make();
  }

  private static Path absolute(String name) {
    return Path.of(name).toAbsolutePath().normalize();
  }

  private void make() throws IOException, InterruptedException {
    delete(target);
    Files.createDirectories(javaHome.getParent());
    JavaRuntime.make(assembly.resolve("lib"), javaHome);
    SystemFiles.make(target.resolve("runtime"), javaHome);
    List<String> jars = copyAgent();
    date(target);
    archive(jars);
    date(target);
  }

  private List<String> copyAgent() throws IOException {
    Path lib = Files.createDirectories(agentHome.resolve("lib"));
    List<String> jars;
    try (Stream<Path> files = Files.list(assembly.resolve("lib"))) {
      jars = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    for (String jar : jars) {
      Files.copy(assembly.resolve("lib").resolve(jar), lib.resolve(jar));
    }
    Files.copy(assembly.resolve("LICENSE"), agentHome.resolve("LICENSE"));
    Files.copy(assembly.resolve("bin/agent.vmoptions"), agentHome.resolve("agent.vmoptions"));
    Files.writeString(
        agentHome.resolve("agent.main"),
        "-XX:AOTCache=/opt/agent/agent.jsa\n-classpath\n%s\n%s\n"
            .formatted(classPath(jars, "/opt/agent/lib/"), MAIN));
    return jars;
  }

  /**
   * The class path is named by way of /proc/self/cwd, so that the archive does not tell where it
   * was made.
   */
  private void archive(List<String> jars) throws IOException, InterruptedException {
    Path archive = Files.createDirectories(target.resolve("cache/opt/agent")).resolve("agent.jsa");
    Tool.run(
        agentHome,
        List.of(
            javaHome.resolve("bin/java").toString(),
            "@agent.vmoptions",
            "-Xshare:dump",
            "-XX:SharedClassListFile=" + classList,
            "-XX:SharedArchiveFile=" + archive,
            "-classpath",
            classPath(jars, "/proc/self/cwd/lib/")));
  }

  private static String classPath(List<String> jars, String directory) {
    return jars.stream().map(jar -> directory + jar).collect(Collectors.joining(":"));
  }

  private static void date(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!Files.isSymbolicLink(file)) {
          Files.setLastModifiedTime(file, DATE);
        }
      }
    }
  }

  static void delete(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
