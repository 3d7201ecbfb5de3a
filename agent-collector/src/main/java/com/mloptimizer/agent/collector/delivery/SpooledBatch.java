package com.mloptimizer.agent.collector.delivery;

import com.mloptimizer.agent.core.backend.JsonBody;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A batch as it waits on disk: what the sender must know of it, then its body as it goes over the
 * wire, so that an outage of an hour fits and nothing is compressed twice.
 *
 * @param idempotencyKey of the boot that collected it
 * @param records how many it holds
 */
record SpooledBatch(String idempotencyKey, int records, JsonBody body) {

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(body.bytes().length + 128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(idempotencyKey);
      out.writeInt(records);
      out.writeBoolean(body.isGzip());
      out.write(body.bytes());
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
      boolean gzip = in.readBoolean();
      return new SpooledBatch(key, records, JsonBody.stored(in.readAllBytes(), gzip));
    }
  }
}
