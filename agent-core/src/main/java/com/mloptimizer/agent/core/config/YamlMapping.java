package com.mloptimizer.agent.core.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads YAML mappings of known keys as the texts that stand there, without YAML's own ideas: it
 * would make 83 of 0123, and 79200 of 22:00.
 */
final class YamlMapping {
  private YamlMapping() {}

  /**
   * The values in a file, by key; what is wrong goes to {@code problems}.
   *
   * @param what for messages, for example "configuration file"
   */
  static Map<String, Node> read(
      Path file, String what, Collection<String> keys, Consumer<String> problems) {
    try {
      @Nullable Node root =
          new Yaml(new LoaderOptions()).compose(new StringReader(Files.readString(file)));
      if (root instanceof MappingNode map) {
        return entries(map, file.toString(), keys, problems);
      }
      if (root != null && !isNull(root)) {
        problems.accept("the %s %s must be a YAML mapping of keys to values".formatted(what, file));
      }
    } catch (IOException e) {
      problems.accept("cannot read the %s %s: %s".formatted(what, file, UnreadableFile.reason(e)));
    } catch (YAMLException e) {
      problems.accept("the %s %s is not YAML%s".formatted(what, file, line(e)));
    }
    return Map.of();
  }

  /** The values of a mapping, by key, without those that are null. */
  static Map<String, Node> entries(
      MappingNode map, String where, Collection<String> keys, Consumer<String> problems) {
    Map<String, Node> entries = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    for (NodeTuple entry : map.getValue()) {
      String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
      String normal = normalize(key);
      if (!keys.contains(normal)) {
        problems.accept(
            "unknown key " + key + " in " + where + NearestName.hint(normal, List.copyOf(keys)));
      } else if (!seen.add(normal)) {
        problems.accept("key " + normal + " is given twice in " + where);
      } else if (!isNull(entry.getValueNode())) {
        entries.put(normal, entry.getValueNode());
      }
    }
    return entries;
  }

  static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  /**
   * {@code backendUrl}, {@code backend-url} and {@code BACKEND_URL} all mean {@code backend_url}.
   */
  private static String normalize(String key) {
    return key.replace('-', '_').replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  /** Where, and no more: what the parser says may quote a secret. */
  private static String line(YAMLException e) {
    return e instanceof MarkedYAMLException marked && marked.getProblemMark() != null
        ? ", see line " + (marked.getProblemMark().getLine() + 1)
        : "";
  }
}
