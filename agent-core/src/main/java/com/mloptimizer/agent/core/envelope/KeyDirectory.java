package com.mloptimizer.agent.core.envelope;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.reload.Reloaded;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * The keys of a mounted folder: one key a file, every byte of it; the file's name is its keyid.
 * Hidden files are skipped, but a folder that Kubernetes mounted is read through its {@code ..data}
 * link, which is swapped as a whole, so that no reading sees half of a rotation.
 *
 * <p>Read again as {@link Reloaded} does it. A reading that fails keeps the keys that were; one
 * that finds no key any more believes it, and nothing verifies. Safe for use by several threads.
 */
public final class KeyDirectory implements Supplier<Keyring> {
  private static final int MAX_KEY_BYTES = 4096;

  private final Reloaded<Keyring> keyring;

  /**
   * Reads the folder for the first time.
   *
   * @throws IllegalArgumentException if it holds no key, or one that is too short or too long
   * @throws UncheckedIOException if it cannot be read
   */
  public KeyDirectory(Path directory, Ticker ticker, ReloadMetrics metrics) {
    try {
      this.keyring = new Reloaded<>("signing keys", () -> read(directory), ticker, metrics);
    } catch (IOException | GeneralSecurityException e) {
      throw new UncheckedIOException(
          "cannot read the keys of " + directory + ": " + e,
          e instanceof IOException io ? io : new IOException(e));
    }
    if (keyring.last().keys().isEmpty()) {
      throw new IllegalArgumentException("there is no key in " + directory);
    }
  }

  @Override
  public Keyring get() {
    return keyring.get();
  }

  private static Keyring read(Path directory) throws IOException {
    List<SigningKey> keys = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            snapshot(directory), file -> !file.getFileName().toString().startsWith("."))) {
      for (Path file : files) {
        if (Files.isRegularFile(file)) {
          keys.add(key(file));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    keys.sort(Comparator.comparing(SigningKey::keyId));
    return new Keyring(keys);
  }

  private static Path snapshot(Path directory) throws IOException {
    Path data = directory.resolve("..data");
    return Files.isDirectory(data) ? data.toRealPath() : directory;
  }

  private static SigningKey key(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_KEY_BYTES + 1);
      if (bytes.length > MAX_KEY_BYTES) {
        throw new IllegalArgumentException(file + " is larger than a key can be");
      }
      return SigningKey.of(file.getFileName().toString(), bytes);
    }
  }
}
