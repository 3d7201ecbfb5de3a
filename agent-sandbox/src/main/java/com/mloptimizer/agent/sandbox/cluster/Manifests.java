package com.mloptimizer.agent.sandbox.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads manifests: YAML in, JSON objects out. */
record Manifests(JsonMapper json) {
  /** All documents of a YAML text. */
  List<ObjectNode> read(String yaml) {
    List<ObjectNode> documents = new ArrayList<>();
    for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml)) {
      if (document != null) {
        documents.add(json.valueToTree(document));
      }
    }
    return documents;
  }

  /** All documents of a resource beside this class. */
  List<ObjectNode> resource(String name) {
    try (InputStream in = Manifests.class.getResourceAsStream(name)) {
      String yaml =
          new String(
              Objects.requireNonNull(in, "missing resource: " + name).readAllBytes(),
              StandardCharsets.UTF_8);
      return read(yaml);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + name, e);
    }
  }
}
