package com.mloptimizer.agent.deploy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The chart of this checkout, rendered by Helm as release {@code ml-agent}. */
final class Chart {
  /** The checkout. */
  static final Path ROOT =
      Path.of(System.getProperty("basedir", ""), "..").toAbsolutePath().normalize();

  static final Path DIRECTORY = ROOT.resolve("charts/kubernetes-agent");
  static final String RELEASE = "ml-agent";
  static final String NAMESPACE = "ml-optimizer";

  /** The oldest and the newest Kubernetes that the agent is for. */
  static final String OLDEST = "1.20.0";

  static final String NEWEST = "1.36.0";

  private Chart() {}

  /** One of the sets of values in the chart's ci folder. */
  static Path values(String name) {
    return DIRECTORY.resolve("ci").resolve(name + "-values.yaml");
  }

  /** Renders with the required values and these. */
  static List<Manifest> render(Map<String, ?> values) {
    return Manifest.parse(text(NEWEST, "required", values));
  }

  /**
   * Renders.
   *
   * @param file which set of values comes first
   * @throws IllegalStateException with Helm's message, if the values are refused
   */
  static String text(String kubernetes, String file, Map<String, ?> values) {
    TemplateCommand command =
        new Helm(DIRECTORY)
            .template()
            .withName(RELEASE)
            .withNamespace(NAMESPACE)
            .withKubeVersion(kubernetes)
            .withValuesFile(values(file));
    values.forEach(command::set);
    return command.call();
  }
}
