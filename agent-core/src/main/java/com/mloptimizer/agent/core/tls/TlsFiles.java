package com.mloptimizer.agent.core.tls;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.reload.Reloaded;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of {@link TlsSettings}, and again as {@link Reloaded} does it. Only one thread
 * reads at a time; the contexts are for all.
 */
public final class TlsFiles {
  /** More than any distribution's bundle has. */
  private static final int MAX_BYTES = 4 * 1024 * 1024;

  private final TlsSettings settings;
  private @Nullable Material known;
  private @Nullable TlsContext context;

  private TlsFiles(TlsSettings settings) {
    this.settings = settings;
  }

  /** What the files held. */
  private record Material(String caBundle, String clientCertificate, String clientKey) {
    @Override
    public String toString() {
      return "***";
    }
  }

  /**
   * Reads the files for the first time; without files there is nothing to read again.
   *
   * @return the context for the next connection; it is another one once the files have changed
   * @throws IOException if they cannot be read
   * @throws GeneralSecurityException if what they hold cannot be used
   * @throws IllegalArgumentException if what they hold cannot be used
   */
  public static Supplier<TlsContext> open(
      TlsSettings settings, Ticker ticker, ReloadMetrics metrics)
      throws IOException, GeneralSecurityException {
    if (settings.equals(TlsSettings.none())) {
      TlsContext system = TlsContext.system();
      return () -> system;
    }
    TlsFiles files = new TlsFiles(settings);
    return new Reloaded<>("TLS files", files::read, ticker, metrics);
  }

  private TlsContext read() throws IOException, GeneralSecurityException {
    Material now =
        new Material(
            text(settings.caBundle()),
            text(settings.clientCertificate()),
            text(settings.clientKey()));
    if (context == null || !now.equals(known)) {
      context = TlsContext.of(authorities(now), client(now));
      known = now;
    }
    return context;
  }

  private static String text(@Nullable Path file) throws IOException {
    if (file == null) {
      return "";
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException(file + " is larger than a PEM file can be");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  private List<X509Certificate> authorities(Material material) {
    return settings.caBundle() == null
        ? List.of()
        : certificates(settings.caBundle(), material.caBundle());
  }

  private @Nullable ClientCertificate client(Material material) throws GeneralSecurityException {
    if (settings.clientCertificate() == null) {
      return null;
    }
    Path file = Objects.requireNonNull(settings.clientKey());
    List<X509Certificate> chain =
        certificates(settings.clientCertificate(), material.clientCertificate());
    try {
      return new ClientCertificate(chain, PrivateKeys.read(Pem.blocks(material.clientKey())));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> certificates(Path file, String text) {
    try {
      return Pem.certificates(text);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }
}
