package com.mloptimizer.agent.heartbeat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The small text files in which the kernel keeps its numbers. What is not there is empty. */
final class KernelFiles {
  private final Path root;

  KernelFiles(Path root) {
    this.root = root;
  }

  Optional<String> content(String path) {
    try {
      return Optional.of(Files.readString(root.resolve(path), StandardCharsets.ISO_8859_1).strip());
    } catch (IOException e) {
      // Which files there are depends on the kernel and the container runtime.
      return Optional.empty();
    }
  }

  List<String> lines(String path) {
    return content(path).map(text -> text.lines().toList()).orElse(List.of());
  }

  /** The first line that begins so. */
  Optional<String> line(String path, String prefix) {
    return lines(path).stream().filter(line -> line.startsWith(prefix)).findFirst();
  }

  /** A file that holds one number. */
  OptionalLong number(Path directory, String file) {
    Optional<String> text = content(directory.resolve(file).toString());
    return text.isEmpty() ? OptionalLong.empty() : number(text.get());
  }

  /** The second column of the line whose first is that name. */
  OptionalLong numberOf(Path directory, String file, String name) {
    Optional<String> line = line(directory.resolve(file).toString(), name + " ");
    return line.isEmpty() ? OptionalLong.empty() : number(line.get().substring(name.length() + 1));
  }

  /** The same in kibibytes, as {@code MemTotal: 16 kB}, turned into bytes. */
  OptionalLong bytesOf(String path, String name) {
    Optional<String> line = line(path, name);
    if (line.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong kibibytes = number(line.get().substring(name.length()).replace("kB", ""));
    return kibibytes.isEmpty() ? kibibytes : OptionalLong.of(kibibytes.getAsLong() * 1024);
  }

  boolean isDirectory(Path path) {
    return Files.isDirectory(root.resolve(path));
  }

  boolean exists(Path path) {
    return Files.exists(root.resolve(path));
  }

  static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      // The word max, for one, where there is no limit.
      return OptionalLong.empty();
    }
  }
}
