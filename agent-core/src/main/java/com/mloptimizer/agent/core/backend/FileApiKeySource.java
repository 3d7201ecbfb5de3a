package com.mloptimizer.agent.core.backend;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.reload.Reloaded;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/** Reads the key from a file. The kubelet replaces a mounted secret's file within a minute. */
final class FileApiKeySource implements ApiKeySource {
  private static final int MAX_BYTES = 16 * 1024;

  private final Reloaded<ApiKey> key;

  FileApiKeySource(Path file, ReloadMetrics metrics) throws IOException {
    try {
      this.key = new Reloaded<>("API key", () -> read(file), Ticker.system(), metrics);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no cryptography is needed to read an API key", e);
    }
  }

  /** The key that was read last: a new one is looked for once the backend refuses it. */
  @Override
  public ApiKey current() {
    return key.last();
  }

  @Override
  public void refresh() {
    key.refresh();
  }

  private static ApiKey read(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ApiKey.of(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    }
  }
}
