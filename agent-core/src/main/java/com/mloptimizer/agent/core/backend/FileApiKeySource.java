package com.mloptimizer.agent.core.backend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the key from a file. The kubelet replaces a mounted secret's file within a minute. */
final class FileApiKeySource implements ApiKeySource {
  private static final Logger log = LoggerFactory.getLogger(FileApiKeySource.class);
  private static final int MAX_BYTES = 16 * 1024;

  private final Path file;
  private volatile ApiKey key;

  FileApiKeySource(Path file) throws IOException {
    this.file = file;
    this.key = read();
  }

  @Override
  public ApiKey current() {
    return key;
  }

  @Override
  public void refresh() {
    try {
      key = read();
    } catch (IOException | IllegalArgumentException e) {
      log.warn("API key was not read again from {}, the one before stays: {}", file, e.toString());
    }
  }

  private ApiKey read() throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ApiKey.of(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    }
  }
}
