package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.config.ConfigurationSources;
import com.mloptimizer.agent.core.config.Variable;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** One flag for each variable of the configuration, and those that are flags only. */
final class ConfigurationFlags implements IModelTransformer {
  private static final String CONFIG = "--config";
  private static final String KUBECONFIG = "--kubeconfig";
  private static final String INSECURE_TRANSPORT = "--insecure-transport";

  @Override
  public CommandSpec transform(CommandSpec spec) {
    for (Variable variable : Variable.values()) {
      String standsFor =
          variable.defaultValue() == null ? "" : " (default: " + variable.defaultValue() + ")";
      spec.addOption(
          OptionSpec.builder(variable.flag())
              .paramLabel(variable.placeholder())
              .type(String.class)
              .description(variable.description() + standsFor, "Variable: " + variable.name())
              .build());
    }
    spec.addOption(
        OptionSpec.builder(CONFIG)
            .paramLabel("FILE")
            .type(Path.class)
            .description(
                "YAML file with the same settings in lower case, for example batch_size: 50")
            .build());
    spec.addOption(
        OptionSpec.builder(KUBECONFIG)
            .paramLabel("FILE")
            .type(Path.class)
            .description("Used instead of KUBECONFIG and of the pod's ServiceAccount")
            .build());
    spec.addOption(
        OptionSpec.builder(INSECURE_TRANSPORT)
            .type(boolean.class)
            .description("Allow http:// and ws:// to leave this machine")
            .build());
    spec.usageMessage()
        .footer(
            "",
            "A flag goes before its environment variable, the variable before the file.",
            "Prefer API_KEY_FILE and SECRET_KEY_DIR: flags and variables are visible to others.");
    return spec;
  }

  static ConfigurationSources sources(ParseResult flags) {
    Map<Variable, String> given = new EnumMap<>(Variable.class);
    for (Variable variable : Variable.values()) {
      if (flags.hasMatchedOption(variable.flag())) {
        given.put(variable, flags.matchedOptionValue(variable.flag(), ""));
      }
    }
    return ConfigurationSources.of(given, System.getenv(), path(flags, CONFIG));
  }

  static @Nullable Path kubeconfig(ParseResult flags) {
    return path(flags, KUBECONFIG);
  }

  static boolean insecureTransport(ParseResult flags) {
    return flags.hasMatchedOption(INSECURE_TRANSPORT);
  }

  private static @Nullable Path path(ParseResult flags, String name) {
    return flags.hasMatchedOption(name) ? flags.matchedOption(name).getValue() : null;
  }
}
