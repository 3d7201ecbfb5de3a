package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /openapi/v2} without definitions: kubectl asks for it before it applies a manifest, as a
 * protobuf message, and skips its own validation of types that the document does not know.
 */
final class OpenApi {
  private static final String PROTOBUF =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  private OpenApi() {}

  static void serve(ApiCall call, String version) throws IOException {
    if (call.accepted().stream().anyMatch(type -> type.contains("protobuf"))) {
      call.send(200, PROTOBUF, document(version));
      return;
    }
    ObjectNode document = Fields.newObject().put("swagger", "2.0");
    document.putObject("info").put("title", "Kubernetes").put("version", version);
    document.putObject("paths");
    call.answer(200, document);
  }

  /** Message openapi.v2.Document: swagger = 1, info = 2 {title = 1, version = 2}, paths = 8. */
  private static byte[] document(String version) throws IOException {
    ByteArrayOutputStream info = new ByteArrayOutputStream();
    field(info, 1, "Kubernetes".getBytes(StandardCharsets.UTF_8));
    field(info, 2, version.getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream document = new ByteArrayOutputStream();
    field(document, 1, "2.0".getBytes(StandardCharsets.UTF_8));
    field(document, 2, info.toByteArray());
    field(document, 8, new byte[0]);
    return document.toByteArray();
  }

  /** A length-delimited field shorter than 128 bytes. */
  private static void field(ByteArrayOutputStream out, int number, byte[] value)
      throws IOException {
    out.write(number << 3 | 2);
    out.write(value.length);
    out.write(value);
  }
}
