package com.mloptimizer.agent.core.backend;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;
import okhttp3.MediaType;
import okhttp3.RequestBody;

/** A request's body as it goes over the wire: JSON, compressed if it is larger than 1 KiB. */
final class JsonBody {
  private static final int GZIP_ABOVE_BYTES = 1024;

  private final byte[] bytes;
  private final boolean gzip;

  JsonBody(byte[] json) {
    this.gzip = json.length > GZIP_ABOVE_BYTES;
    this.bytes = gzip ? compress(json) : json;
  }

  /** Whether it is compressed. */
  boolean gzip() {
    return gzip;
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
