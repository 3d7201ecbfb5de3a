package com.mloptimizer.agent.core.backend;

import com.mloptimizer.agent.core.reload.ReloadMetrics;
import java.io.IOException;
import java.nio.file.Path;

/** Where the API key comes from. Safe for use by several threads. */
public interface ApiKeySource {

  /** The key in force. Returns at once. */
  ApiKey current();

  /**
   * The backend would not take the key: looks whether there is another one by now. Never fails; the
   * key stays what it was if none can be read.
   */
  void refresh();

  /** A key that never changes. */
  static ApiKeySource fixed(ApiKey key) {
    return new ApiKeySource() {
      @Override
      public ApiKey current() {
        return key;
      }

      @Override
      public void refresh() {}
    };
  }

  /**
   * A key in a file, as a mounted secret is; it is read now and on every {@link #refresh}.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if what it holds is not a key
   */
  static ApiKeySource file(Path file, ReloadMetrics metrics) throws IOException {
    return new FileApiKeySource(file, metrics);
  }
}
