package com.mloptimizer.agent.core.envelope;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a mounted folder: one key a file, every byte of it; the file's name is its keyid.
 * Hidden files are skipped, but a folder that Kubernetes mounted is read through its {@code ..data}
 * link, which is swapped as a whole, so that no reading sees half of a rotation.
 *
 * <p>Read again when it is asked for and the last reading is 10 s old. A reading that fails keeps
 * the keys that were; one that finds no key any more believes it, and nothing verifies. Safe for
 * use by several threads.
 */
public final class KeyDirectory implements Supplier<Keyring> {
  /** How old a reading may get. */
  public static final Duration RELOAD_INTERVAL = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(KeyDirectory.class);
  private static final int MAX_KEY_BYTES = 4096;

  private final Path directory;
  private final Ticker ticker;

  // Guarded by this.
  private Keyring keyring;
  private long readNanos;
  private boolean failing;

  /**
   * Reads the folder for the first time.
   *
   * @throws IllegalArgumentException if it holds no key, or one that is too short or too long
   * @throws UncheckedIOException if it cannot be read
   */
  public KeyDirectory(Path directory, Ticker ticker) {
    this.directory = directory;
    this.ticker = ticker;
    this.keyring = read(directory);
    if (keyring.keys().isEmpty()) {
      throw new IllegalArgumentException("there is no key in " + directory);
    }
    this.readNanos = ticker.nanos();
  }

  @Override
  public synchronized Keyring get() {
    long now = ticker.nanos();
    if (now - readNanos >= RELOAD_INTERVAL.toNanos()) {
      readNanos = now;
      reload();
    }
    return keyring;
  }

  private void reload() {
    try {
      Keyring read = read(directory);
      if (!keyIds(read).equals(keyIds(keyring))) {
        log.info("The signing keys in {} are now {}", directory, keyIds(read));
      } else if (failing) {
        log.info("The signing keys in {} can be read again", directory);
      }
      keyring = read;
      failing = false;
    } catch (UncheckedIOException | IllegalArgumentException e) {
      if (!failing) {
        log.warn("Keeping the signing keys that were: {}", e.getMessage());
      }
      failing = true;
    }
  }

  private static List<String> keyIds(Keyring keyring) {
    return keyring.keys().stream().map(SigningKey::keyId).toList();
  }

  private static Keyring read(Path directory) {
    List<SigningKey> keys = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            snapshot(directory), file -> !file.getFileName().toString().startsWith("."))) {
      for (Path file : files) {
        if (Files.isRegularFile(file)) {
          keys.add(key(file));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new UncheckedIOException(
          "cannot read the keys of " + directory + ": " + e,
          e instanceof IOException io ? io : new IOException(e));
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
