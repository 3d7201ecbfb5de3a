package com.mloptimizer.agent.collector.delivery;

import com.mloptimizer.agent.core.backend.JsonBody;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A batch's JSON under construction. Its records are encoded one by one, to know their length, and
 * put in place here.
 */
final class Batch {

  private static final byte[] EMPTY_END = "[]}".getBytes(StandardCharsets.US_ASCII);

  private final ByteArrayOutputStream records = new ByteArrayOutputStream();
  private int count;

  /** Whether it holds nothing yet. */
  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  /** What its records take, with what separates them. */
  int bytes() {
    return records.size();
  }

  void add(byte[] record) {
    records.write(isEmpty() ? '[' : ',');
    records.writeBytes(record);
    count++;
  }

  /**
   * The whole of it.
   *
   * @param envelope the batch without records, as JSON
   */
  SpooledBatch in(byte[] envelope, String idempotencyKey) {
    int head = envelope.length - EMPTY_END.length;
    if (!Arrays.equals(envelope, head, envelope.length, EMPTY_END, 0, EMPTY_END.length)) {
      throw new IllegalStateException("metrics must be the last field of a batch");
    }
    ByteArrayOutputStream json = new ByteArrayOutputStream(head + records.size() + 2);
    json.write(envelope, 0, head);
    json.writeBytes(records.toByteArray());
    json.write(']');
    json.write('}');
    return new SpooledBatch(idempotencyKey, count, JsonBody.of(json.toByteArray()));
  }
}
