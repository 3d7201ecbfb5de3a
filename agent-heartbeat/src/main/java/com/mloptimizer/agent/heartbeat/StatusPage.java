package com.mloptimizer.agent.heartbeat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The files of the status page, which asks for {@code status} again and again. All its addresses
 * are relative, so that it works behind a port-forward and behind the API server's proxy.
 */
final class StatusPage {
  /** Nothing but this server's own files; nobody may put it into a frame. */
  static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Map<String, Page> files =
      Map.of(
          "/", file("index.html", "text/html; charset=utf-8"),
          "/status.css", file("status.css", "text/css; charset=utf-8"),
          "/status.js", file("status.js", "text/javascript; charset=utf-8"),
          "/sparkline.js", file("sparkline.js", "text/javascript; charset=utf-8"),
          "/favicon.svg", file("favicon.svg", "image/svg+xml"));

  Optional<Page> file(String path) {
    return Optional.ofNullable(files.get(path));
  }

  private static Page file(String name, String contentType) {
    try (InputStream in =
        Objects.requireNonNull(StatusPage.class.getResourceAsStream("page/" + name), name)) {
      return new Page(Page.OK, contentType, in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of this program", e);
    }
  }
}
