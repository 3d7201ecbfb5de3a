package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import com.mloptimizer.agent.sandbox.cluster.store.Fields;
import java.io.IOException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads request bodies; what is no JSON is a bad request. */
record RequestBodies(JsonMapper mapper) {
  JsonNode json(ApiCall call) throws IOException {
    return read(call.body(), "the patch");
  }

  ObjectNode object(ApiCall call, String kind) throws IOException {
    if (read(call.body(), "the object provided") instanceof ObjectNode object) {
      return object;
    }
    throw ApiFailure.badRequest(
        "the object provided is unrecognized (must be of type " + kind + ")");
  }

  /** The object in the body, an empty one if there is no body. */
  ObjectNode optionalObject(ApiCall call) throws IOException {
    byte[] body = call.body();
    return body.length > 0 && read(body, "DeleteOptions") instanceof ObjectNode object
        ? object
        : Fields.newObject();
  }

  private JsonNode read(byte[] body, String what) {
    try {
      return mapper.readTree(body);
    } catch (JacksonException e) {
      throw ApiFailure.badRequest(
          what
              + " is unrecognized: couldn't get version/kind; json parse error: "
              + e.getOriginalMessage());
    }
  }
}
