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
import com.mloptimizer.agent.core.config.ConfigurationSources;
import com.mloptimizer.agent.core.config.InvalidConfigurationException;
import com.mloptimizer.agent.core.config.Setting;
import com.mloptimizer.agent.core.envelope.KeyDirectory;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import com.mloptimizer.agent.core.kubernetes.KubernetesConfigurationException;
import com.mloptimizer.agent.core.kubernetes.KubernetesMetrics;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.tls.TlsContext;
import com.mloptimizer.agent.core.tls.TlsFiles;
import com.mloptimizer.agent.main.support.Redaction;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/**
 * What {@code run} and {@code check} both begin with: the configuration, and from it the keys and
 * the ways to the API server and to the backend.
 *
 * @param settings as given, secrets masked
 * @param registry gets the metrics
 * @param namespace the agent's own
 */
record Connections(
    AgentConfiguration configuration,
    List<Setting> settings,
    CollectorRegistry registry,
    KubernetesClient kubernetes,
    String namespace,
    ProxyEnvironment proxies,
    Supplier<TlsContext> tls,
    ApiKeySource apiKeys,
    Supplier<Keyring> signingKeys) {

  /**
   * Reads the configuration and opens what it names; connects to nothing.
   *
   * @throws InvalidConfigurationException if it cannot be used
   * @throws KubernetesConfigurationException if there is no way to an API server
   */
  static Connections open(ParseResult flags) throws KubernetesConfigurationException {
    ConfigurationSources sources = ConfigurationFlags.sources(flags);
    AgentConfiguration configuration =
        ConfigurationReader.read(sources, ConfigurationFlags.insecureTransport(flags));
    CollectorRegistry registry = new CollectorRegistry();
    KubernetesAccess access =
        KubernetesAccess.from(System.getenv(), Path.of(System.getProperty("user.home")));
    @Nullable Path kubeconfig = ConfigurationFlags.kubeconfig(flags);
    KubernetesClient kubernetes =
        (kubeconfig == null ? access : access.withKubeconfig(kubeconfig))
            .open(Version.current(), new KubernetesMetrics(registry));
    @Nullable String configured = configuration.podNamespace();
    ReloadMetrics reloads = new ReloadMetrics(registry);
    return new Connections(
        configuration,
        sources.settings(),
        registry,
        kubernetes,
        configured == null ? kubernetes.namespace() : configured,
        proxies(System.getenv()),
        tls(configuration, reloads),
        apiKeys(configuration, reloads),
        signingKeys(configuration, reloads));
  }

  BackendClient backend(BackendMetrics metrics) {
    return new BackendClient(
        BackendSettings.of(configuration.backendUrl(), Version.current()),
        apiKeys,
        proxies,
        tls,
        metrics,
        InstantSource.system());
  }

  /** Masks the secrets that this process knows. */
  Redaction redaction() {
    String scheme = "Bearer ";
    List<Supplier<String>> secrets = new ArrayList<>();
    secrets.add(() -> apiKeys.current().toAuthorizationHeader().substring(scheme.length()));
    if (configuration.signingKeys() instanceof SigningKeys.Fixed(var key)) {
      secrets.add(key::reveal);
    }
    return new Redaction(secrets);
  }

  private static ProxyEnvironment proxies(Map<String, String> environment) {
    try {
      return ProxyEnvironment.of(environment);
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigurationException(List.of(String.valueOf(e.getMessage())));
    }
  }

  private static Supplier<TlsContext> tls(AgentConfiguration configuration, ReloadMetrics reloads) {
    try {
      return TlsFiles.open(configuration.tls(), Ticker.system(), reloads);
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new InvalidConfigurationException(List.of("TLS files: " + e.getMessage()));
    }
  }

  private static ApiKeySource apiKeys(AgentConfiguration configuration, ReloadMetrics reloads) {
    try {
      return switch (configuration.apiKey()) {
        case AgentConfiguration.ApiKey.Fixed(var key) ->
            ApiKeySource.fixed(ApiKey.of(key.reveal()));
        case AgentConfiguration.ApiKey.FromFile(Path file) -> ApiKeySource.file(file, reloads);
      };
    } catch (IOException | IllegalArgumentException e) {
      throw new InvalidConfigurationException(List.of("API_KEY_FILE: " + e.getMessage()));
    }
  }

  private static Supplier<Keyring> signingKeys(
      AgentConfiguration configuration, ReloadMetrics reloads) {
    try {
      return switch (configuration.signingKeys()) {
        case SigningKeys.Fixed(var key) -> {
          Keyring keyring = Keyring.of(SigningKey.of("default", key.reveal()));
          yield () -> keyring;
        }
        case SigningKeys.FromDirectory(Path directory) ->
            new KeyDirectory(directory, Ticker.system(), reloads);
      };
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw new InvalidConfigurationException(List.of("SECRET_KEY_DIR: " + e.getMessage()));
    }
  }
}
