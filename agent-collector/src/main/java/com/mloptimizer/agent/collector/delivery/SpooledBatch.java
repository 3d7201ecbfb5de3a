package com.mloptimizer.agent.collector.delivery;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A batch as it waits on disk: what the sender must know of it, then its JSON, compressed, so that
 * an outage of an hour fits.
 *
 * @param idempotencyKey of the boot that collected it
 * @param records how many it holds
 * @param json what is sent; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // Handed on, never compared.
record SpooledBatch(String idempotencyKey, int records, byte[] json) {

  private static final int MAX_JSON_BYTES = 16 << 20;

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(json.length / 8 + 128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(idempotencyKey);
      out.writeInt(records);
      try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
        gzip.write(json);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException if it is something else
   */
  static SpooledBatch decode(byte[] payload) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
      String key = in.readUTF();
      int records = in.readInt();
      try (GZIPInputStream gzip = new GZIPInputStream(in)) {
        byte[] json = gzip.readNBytes(MAX_JSON_BYTES + 1);
        if (json.length > MAX_JSON_BYTES) {
          throw new IOException("a batch of more than " + MAX_JSON_BYTES + " bytes");
        }
        return new SpooledBatch(key, records, json);
      }
    }
  }
}
