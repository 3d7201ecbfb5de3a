package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.backend.ApiKeySource;
import com.mloptimizer.agent.core.backend.BackendClient;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendSettings;
import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.config.AgentConfiguration;
import com.mloptimizer.agent.core.config.AgentConfiguration.SigningKeys;
import com.mloptimizer.agent.core.config.ConfigurationReader;
import com.mloptimizer.agent.core.config.InvalidConfigurationException;
import com.mloptimizer.agent.core.envelope.KeyDirectory;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.KubernetesConfigurationException;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/**
 * What {@code run} and {@code check} both begin with: the configuration, and from it the keys and
 * the ways to the API server and to the backend.
 *
 * @param namespace the agent's own
 */
record Connections(
    AgentConfiguration configuration,
    KubernetesClient kubernetes,
    String namespace,
    ApiKeySource apiKeys,
    Supplier<Keyring> signingKeys) {

  /**
   * Reads the configuration and opens what it names; connects to nothing.
   *
   * @throws InvalidConfigurationException if it cannot be used
   * @throws KubernetesConfigurationException if there is no way to an API server
   */
  static Connections open(ParseResult flags) throws KubernetesConfigurationException {
    AgentConfiguration configuration =
        ConfigurationReader.read(
            ConfigurationFlags.sources(flags), ConfigurationFlags.insecureTransport(flags));
    KubernetesAccess access =
        KubernetesAccess.from(System.getenv(), Path.of(System.getProperty("user.home")));
    @Nullable Path kubeconfig = ConfigurationFlags.kubeconfig(flags);
    KubernetesClient kubernetes =
        (kubeconfig == null ? access : access.withKubeconfig(kubeconfig)).open(Version.current());
    @Nullable String configured = configuration.podNamespace();
    return new Connections(
        configuration,
        kubernetes,
        configured == null ? kubernetes.namespace() : configured,
        apiKeys(configuration),
        signingKeys(configuration));
  }

  BackendClient backend(BackendMetrics metrics) {
    return new BackendClient(
        BackendSettings.of(configuration.backendUrl(), Version.current()),
        apiKeys,
        ProxyEnvironment.of(System.getenv()),
        metrics,
        InstantSource.system());
  }

  private static ApiKeySource apiKeys(AgentConfiguration configuration) {
    try {
      return switch (configuration.apiKey()) {
        case AgentConfiguration.ApiKey.Fixed(var key) ->
            ApiKeySource.fixed(ApiKey.of(key.reveal()));
        case AgentConfiguration.ApiKey.FromFile(Path file) -> ApiKeySource.file(file);
      };
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidConfigurationException(List.of("API_KEY_FILE: " + e.getMessage()));
    }
  }

  private static Supplier<Keyring> signingKeys(AgentConfiguration configuration) {
    try {
      return switch (configuration.signingKeys()) {
        case SigningKeys.Fixed(var key) -> {
          Keyring keyring = Keyring.of(SigningKey.of("default", key.reveal()));
          yield () -> keyring;
        }
        case SigningKeys.FromDirectory(Path directory) ->
            new KeyDirectory(directory, Ticker.system());
      };
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw new InvalidConfigurationException(List.of("SECRET_KEY_DIR: " + e.getMessage()));
    }
  }
}
