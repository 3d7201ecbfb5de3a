package com.mloptimizer.agent.core.backend;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import okhttp3.MediaType;
import okhttp3.RequestBody;

/**
 * A request's body as it goes over the wire: JSON, compressed if it is larger than 1 KiB. What is
 * kept before it is sent may be kept like this, so that it is compressed only once.
 */
public final class JsonBody {
  private static final int GZIP_ABOVE_BYTES = 1024;

  private final byte[] bytes;
  private final boolean gzip;

  private JsonBody(byte[] bytes, boolean gzip) {
    this.bytes = bytes;
    this.gzip = gzip;
  }

  /** The body of this JSON. */
  public static JsonBody of(byte[] json) {
    boolean gzip = json.length > GZIP_ABOVE_BYTES;
    return new JsonBody(gzip ? compress(json) : json, gzip);
  }

  /** The body that had these {@link #bytes()} and was {@link #isGzip()} or not; not copied. */
  public static JsonBody stored(byte[] bytes, boolean gzip) {
    return new JsonBody(bytes, gzip);
  }

  /** What goes over the wire; not copied. */
  public byte[] bytes() {
    return bytes;
  }

  /** Whether it is compressed. */
  public boolean isGzip() {
    return gzip;
  }

  /**
   * The JSON.
   *
   * @param maxBytes no more is decompressed
   * @throws IOException if it cannot be decompressed, or is longer
   */
  public byte[] json(int maxBytes) throws IOException {
    if (!gzip) {
      return bytes;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] json = in.readNBytes(maxBytes + 1);
      if (json.length > maxBytes) {
        throw new IOException("a body of more than " + maxBytes + " bytes");
      }
      return json;
    }
  }

  RequestBody toRequestBody() {
    return RequestBody.create(bytes, MediaType.get("application/json"));
  }

  private static byte[] compress(byte[] json) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(json.length / 4);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return compressed.toByteArray();
  }
}
