package com.mloptimizer.agent.core.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
 * The values that flags, environment and file give to the variables; the first of the three that
 * gives one wins, and an empty one counts as none. Names that nobody knows are problems, with a
 * guess at what was meant.
 */
public final class ConfigurationSources {
  private static final String PREFIX = "AGENT_";

  /** What Kubernetes itself sets for a Service whose name begins with "agent". */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "AGENT_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?"
              + "|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

  /** The same, but easily meant for a variable of ours: only the value tells. */
  private static final Pattern SERVICE_LINK_URL = Pattern.compile("AGENT_(.*_)?PORT");

  private static final Pattern URL_OF_LINK = Pattern.compile("(tcp|udp|sctp)://.*");

  private final Map<Variable, String> values = new EnumMap<>(Variable.class);
  private final List<String> problems = new ArrayList<>();

  private ConfigurationSources() {}

  /**
   * Reads all three.
   *
   * @param flags as given on the command line
   * @param environment of the process
   * @param file a YAML file, if one was named
   */
  public static ConfigurationSources of(
      Map<Variable, String> flags, Map<String, String> environment, @Nullable Path file) {
    ConfigurationSources sources = new ConfigurationSources();
    if (file != null) {
      sources.addFile(file);
    }
    sources.addEnvironment(environment);
    flags.forEach(sources::add);
    return sources;
  }

  /** The value of a variable, or what stands in for it. */
  public Optional<String> value(Variable variable) {
    return Optional.ofNullable(values.getOrDefault(variable, variable.defaultValue()));
  }

  /** What is wrong with the sources themselves. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /** An empty value is none, so that what is less important can still give one. */
  private void add(Variable variable, String value) {
    if (!value.isBlank()) {
      // A key that verifies signatures is exactly what is given: whoever signs may not strip it.
      values.put(variable, variable == Variable.SECRET_KEY ? value : value.strip());
    }
  }

  private void addEnvironment(Map<String, String> environment) {
    List<String> names = Stream.of(Variable.values()).map(Variable::name).toList();
    environment.forEach((name, value) -> {
      if (names.contains(name)) {
        add(Variable.valueOf(name), value);
      } else if (name.startsWith(PREFIX) && !isServiceLink(name, value)) {
        problems.add("unknown variable " + name + hint(name, names));
      }
    });
  }

  private static boolean isServiceLink(String name, String value) {
    return SERVICE_LINK.matcher(name).matches()
        || (SERVICE_LINK_URL.matcher(name).matches() && URL_OF_LINK.matcher(value).matches());
  }

  private void addFile(Path file) {
    List<String> keys = Stream.of(Variable.values()).map(Variable::fileKey).toList();
    Set<String> seen = new HashSet<>();
    for (NodeTuple entry : read(file)) {
      String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
      String normal = normalize(key);
      if (!keys.contains(normal)) {
        problems.add("unknown key " + key + " in " + file + hint(normal, keys));
      } else if (!seen.add(normal)) {
        problems.add("key " + normal + " is given twice in " + file);
      } else if (entry.getValueNode() instanceof ScalarNode scalar) {
        addScalar(Variable.valueOf(normal.toUpperCase(Locale.ROOT)), scalar);
      } else {
        problems.add("key " + key + " in " + file + " must have a single value");
      }
    }
  }

  /** The text as it stands there: YAML would make 83 of 0123, and a date of 2026-11-01. */
  private void addScalar(Variable variable, ScalarNode scalar) {
    if (!scalar.getTag().equals(Tag.NULL)) {
      add(variable, scalar.getValue());
    }
  }

  /**
   * {@code backendUrl}, {@code backend-url} and {@code BACKEND_URL} all mean {@code backend_url}.
   */
  private static String normalize(String key) {
    return key.replace('-', '_').replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  private static String hint(String name, List<String> names) {
    String bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    return NearestName.of(name, names)
        .or(() -> NearestName.of(bare, names))
        .map(near -> "; did you mean " + near + "?")
        .orElse("");
  }

  private List<NodeTuple> read(Path file) {
    LoaderOptions options = new LoaderOptions();
    try {
      @Nullable Node root = new Yaml(options).compose(new StringReader(Files.readString(file)));
      if (root instanceof MappingNode map) {
        return map.getValue();
      }
      if (root != null && !root.getTag().equals(Tag.NULL)) {
        problems.add(
            "the configuration file " + file + " must be a YAML mapping of keys to values");
      }
    } catch (IOException e) {
      problems.add("cannot read the configuration file " + file + ": " + e);
    } catch (YAMLException e) {
      problems.add("the configuration file " + file + " is not YAML" + line(e));
    }
    return List.of();
  }

  /** Where, and no more: what the parser says may quote a secret. */
  private static String line(YAMLException e) {
    return e instanceof MarkedYAMLException marked && marked.getProblemMark() != null
        ? ", see line " + (marked.getProblemMark().getLine() + 1)
        : "";
  }
}
