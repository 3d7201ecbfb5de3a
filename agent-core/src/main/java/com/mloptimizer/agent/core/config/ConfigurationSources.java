package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.config.Setting.Origin;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * The values that flags, environment and file give to the variables; the first of the three that
 * gives one wins, and an empty one counts as none. Names that nobody knows are problems, with a
 * guess at what was meant.
 */
public final class ConfigurationSources {
  private static final String PREFIX = "AGENT_";
  private static final String MASK = "***";

  /** What Kubernetes itself sets for a Service whose name begins with "agent". */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "AGENT_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?"
              + "|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

  /** The same, but easily meant for a variable of ours: only the value tells. */
  private static final Pattern SERVICE_LINK_URL = Pattern.compile("AGENT_(.*_)?PORT");

  private static final Pattern URL_OF_LINK = Pattern.compile("(tcp|udp|sctp)://.*");

  /** Near to names of ours, but other programs' own: ASP.NET's ports, and a common short form. */
  private static final Set<String> NAMES_OF_OTHERS = Set.of("HTTPS_PORT", "HTTP_PORTS", "LOGLEVEL");

  private final Map<Variable, String> values = new EnumMap<>(Variable.class);
  private final Map<Variable, Origin> origins = new EnumMap<>(Variable.class);
  private final List<String> problems = new ArrayList<>();
  private List<FreezeSchedule> freezeSchedules = List.of();

  private ConfigurationSources() {}

  /**
   * Reads all three, and the file of guardrails that one of them may name.
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
    sources.addFirstGuardrails(
        flags.get(Variable.GUARDRAILS_FILE),
        environment.get(Variable.GUARDRAILS_FILE.name()),
        sources.values.get(Variable.GUARDRAILS_FILE));
    sources.addEnvironment(environment);
    flags.forEach((variable, value) -> sources.add(variable, value, Origin.FLAG));
    return sources;
  }

  /** The value of a variable, or what stands in for it. */
  public Optional<String> value(Variable variable) {
    return Optional.ofNullable(values.getOrDefault(variable, variable.defaultValue()));
  }

  /** What every variable is set to, in their order; secrets are masked. */
  public List<Setting> settings() {
    return Stream.of(Variable.values())
        .map(variable ->
            new Setting(
                variable.name(),
                value(variable).map(value -> variable.isSecret() ? MASK : value).orElse(""),
                origins.getOrDefault(variable, Origin.DEFAULT)))
        .toList();
  }

  /** When nothing starts; only the guardrails file can say so. */
  List<FreezeSchedule> freezeSchedules() {
    return freezeSchedules;
  }

  /** What is wrong with the sources themselves. */
  List<String> problems() {
    return List.copyOf(problems);
  }

  /** An empty value is none, so that what is less important can still give one. */
  private void add(Variable variable, String value, Origin origin) {
    if (!value.isBlank()) {
      origins.put(variable, origin);
      // A key that verifies signatures is exactly what is given: whoever signs may not strip it.
      values.put(variable, variable == Variable.SECRET_KEY ? value : value.strip());
    }
  }

  private void addEnvironment(Map<String, String> environment) {
    List<String> names = Stream.of(Variable.values()).map(Variable::name).toList();
    environment.forEach((name, value) -> {
      if (names.contains(name)) {
        add(Variable.valueOf(name), value, Origin.ENVIRONMENT);
      } else if (name.startsWith(PREFIX) && !isServiceLink(name, value)) {
        problems.add("unknown variable " + name + hint(name, names));
      } else if (!NAMES_OF_OTHERS.contains(name) && !URL_OF_LINK.matcher(value).matches()) {
        // Most of an environment is nobody's business here, but a misspelt limit must not go
        // unseen.
        NearestName.surely(name, names)
            .ifPresent(
                near -> problems.add("unknown variable " + name + "; did you mean " + near + "?"));
      }
    });
  }

  private static boolean isServiceLink(String name, String value) {
    return SERVICE_LINK.matcher(name).matches()
        || (SERVICE_LINK_URL.matcher(name).matches() && URL_OF_LINK.matcher(value).matches());
  }

  private void addFile(Path file) {
    List<String> keys = Stream.of(Variable.values()).map(Variable::fileKey).toList();
    YamlMapping.read(file, "configuration file", keys, problems::add)
        .forEach((key, value) -> {
          if (value instanceof ScalarNode scalar) {
            add(Variable.valueOf(key.toUpperCase(Locale.ROOT)), scalar.getValue(), Origin.FILE);
          } else {
            problems.add("key " + key + " in " + file + " must have a single value");
          }
        });
  }

  /** The second file, which any of the three may name. */
  private void addFirstGuardrails(@Nullable String... named) {
    for (@Nullable String name : named) {
      if (name != null && !name.isBlank()) {
        try {
          addGuardrails(Path.of(name.strip()));
        } catch (InvalidPathException e) {
          problems.add("GUARDRAILS_FILE is not a path: " + e.getReason());
        }
        return;
      }
    }
  }

  private void addGuardrails(Path file) {
    GuardrailsFile guardrails = new GuardrailsFile(file);
    problems.addAll(guardrails.problems());
    freezeSchedules = List.copyOf(guardrails.freezeSchedules());
    guardrails
        .values()
        .forEach((variable, value) -> {
          if (values.containsKey(variable)) {
            problems.add(variable.fileKey() + " is given in the configuration file and in " + file);
          }
          add(variable, value, Origin.FILE);
        });
  }

  private static String hint(String name, List<String> names) {
    String bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    return NearestName.of(name, names)
        .or(() -> NearestName.of(bare, names))
        .map(near -> "; did you mean " + near + "?")
        .orElse("");
  }
}
