package com.mloptimizer.agent.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** One object in YAML. */
record Manifest(Map<?, ?> fields) {
  static List<Manifest> parse(String yaml) {
    List<Manifest> manifests = new ArrayList<>();
    for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml)) {
      if (document instanceof Map<?, ?> fields) {
        manifests.add(new Manifest(fields));
      }
    }
    return manifests;
  }

  /** The only one of a kind. */
  static Manifest only(List<Manifest> manifests, String kind) {
    List<Manifest> found = manifests.stream().filter(m -> m.kind().equals(kind)).toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " objects of kind " + kind);
    }
    return found.getFirst();
  }

  String kind() {
    return String.valueOf(fields.get("kind"));
  }

  String apiVersion() {
    return String.valueOf(fields.get("apiVersion"));
  }

  String name() {
    return string("metadata", "name");
  }

  /** Whether Helm runs it at some moment, instead of keeping it. */
  boolean isHook() {
    return optional("metadata", "annotations", "helm.sh/hook") != null;
  }

  /** What stands at a path of keys and indexes; fails if nothing does. */
  Object at(Object... path) {
    Object found = optional(path);
    if (found == null) {
      throw new AssertionError("nothing at " + List.of(path) + " of " + fields);
    }
    return found;
  }

  String string(Object... path) {
    return String.valueOf(at(path));
  }

  Map<?, ?> map(Object... path) {
    return (Map<?, ?>) at(path);
  }

  List<?> list(Object... path) {
    return (List<?>) at(path);
  }

  /** A list of objects, as such. */
  Stream<Manifest> items(Object... path) {
    return list(path).stream().map(item -> new Manifest((Map<?, ?>) item));
  }

  Object optional(Object... path) {
    Object here = fields;
    for (Object step : path) {
      here =
          switch (here) {
            case Map<?, ?> map -> map.get(step);
            case List<?> list when step instanceof Integer index && index < list.size() ->
                list.get(index);
            case null, default -> null;
          };
    }
    return here;
  }
}
