package com.mloptimizer.agent.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.envelope.EnvelopeFuzz;
import com.mloptimizer.agent.core.kubernetes.ApiStreamFuzz;
import com.mloptimizer.agent.core.protocol.FrameFuzz;
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
  Stream<DynamicTest> envelope() throws Exception {
    return inputs(EnvelopeFuzz.class, EnvelopeFuzz::check);
  }

  @TestFactory
  Stream<DynamicTest> frame() throws Exception {
    return inputs(FrameFuzz.class, FrameFuzz::check);
  }

  @TestFactory
  Stream<DynamicTest> apiStream() throws Exception {
    return inputs(ApiStreamFuzz.class, ApiStreamFuzz::check);
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
