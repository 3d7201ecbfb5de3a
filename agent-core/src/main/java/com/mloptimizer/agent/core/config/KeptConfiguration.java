package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The envelope of the configuration in force, in a file that outlives the process. Whoever reads it
 * verifies it again, so that the file is worth no more than what came in. A disk that fails costs
 * no more than this memory.
 */
final class KeptConfiguration {
  private static final Logger log = LoggerFactory.getLogger(KeptConfiguration.class);
  private static final int MAX_BYTES = 256 * 1024;

  private final Path file;

  KeptConfiguration(Path file) {
    this.file = file;
  }

  Optional<ReceivedEnvelope> read() {
    try (InputStream in = Files.newInputStream(file)) {
      return Optional.of(ReceivedEnvelope.of(in.readNBytes(MAX_BYTES)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      log.warn("The remote configuration kept in {} cannot be read: {}", file, e.toString());
      return Optional.empty();
    }
  }

  void write(ReceivedEnvelope envelope) {
    Path next = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(next, envelope.json());
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      log.warn("The remote configuration cannot be kept in {}: {}", file, e.toString());
    }
  }
}
