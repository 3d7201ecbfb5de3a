package com.mloptimizer.agent.ws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The fuzzers' inputs, each of them tried once in every build; {@code -Pfuzz} looks for more. */
class FuzzInputsTest {

  @TestFactory
  Stream<DynamicTest> draft() throws Exception {
    return inputs(DraftFuzz.class, DraftFuzz::check);
  }

  private static Stream<DynamicTest> inputs(Class<?> fuzzer, Consumer<byte[]> check)
      throws IOException, URISyntaxException {
    URL folder = fuzzer.getResource(fuzzer.getSimpleName() + "Inputs/fuzz");
    assertThat(folder).isNotNull();
    List<Path> files;
    try (Stream<Path> found = Files.list(Path.of(folder.toURI()))) {
      files = found.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    return files.stream()
        .map(file ->
            DynamicTest.dynamicTest(
                file.getFileName().toString(), () -> check.accept(Files.readAllBytes(file))));
  }
}
