package com.mloptimizer.agent.core.kubernetes;

import com.mloptimizer.agent.core.tls.ClientCertificate;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.util.ClientBuilder;
import io.kubernetes.client.util.KubeConfig;
import io.kubernetes.client.util.credentials.Authentication;
import io.kubernetes.client.util.credentials.ClientCertificateAuthentication;
import io.kubernetes.client.util.credentials.KubeconfigAuthentication;
import io.kubernetes.client.util.credentials.RefreshAuthentication;
import io.kubernetes.client.util.credentials.TokenFileAuthentication;
import io.kubernetes.client.util.credentials.UsernamePasswordAuthentication;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A kubeconfig's current context: client certificates, tokens, token files and exec plugins. */
final class KubeconfigFile {

  /** Cloud providers' exec plugins give tokens for 15 minutes and more; a 401 renews sooner. */
  private static final Duration TOKEN_REFRESH = Duration.ofMinutes(10);

  private final Path file;
  private final KubeConfig config;

  private KubeconfigFile(Path file, KubeConfig config) {
    this.file = file;
    this.config = config;
  }

  static KubernetesClient open(Path file, String userAgent, KubernetesMetrics metrics)
      throws KubernetesConfigurationException {
    return load(file).client(userAgent, metrics);
  }

  private static KubeconfigFile load(Path file) throws KubernetesConfigurationException {
    KubeConfig config;
    try (Reader reader = Files.newBufferedReader(file)) {
      config = KubeConfig.loadKubeConfig(reader);
    } catch (IOException e) {
      throw new KubernetesConfigurationException(
          "cannot read the kubeconfig " + file + " (" + e.getMessage() + "); check its permissions",
          e);
    } catch (RuntimeException e) {
      // A YAML error, or a document of another shape, which the library casts unseen.
      throw new KubernetesConfigurationException(
          file + " is no kubeconfig; check it with `kubectl config view --kubeconfig " + file + "`",
          e);
    }
    config.setFile(file.toAbsolutePath().toFile());
    return new KubeconfigFile(file, config);
  }

  private KubernetesClient client(String userAgent, KubernetesMetrics metrics)
      throws KubernetesConfigurationException {
    Map<?, ?> context = currentContext();
    String server = server();
    ApiClient client;
    Authentication authentication;
    try {
      Optional<Path> tokenFile = takeTokenFile(context);
      ClientBuilder builder = ClientBuilder.kubeconfig(config, TOKEN_REFRESH);
      if (tokenFile.isPresent()) {
        builder.setAuthentication(new TokenFileAuthentication(tokenFile.get().toString()));
      }
      authentication = delegate(builder.getAuthentication());
      if (authentication instanceof ClientCertificateAuthentication) {
        builder.setAuthentication(new CertificateAuthentication(clientCertificate()));
      }
      client = builder.setApiClient(new ConnectionOnlyApiClient()).build();
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new KubernetesConfigurationException(
          "cannot use the certificates or credentials of " + file + " (" + e.getMessage() + ")", e);
    }
    if (authentication instanceof UsernamePasswordAuthentication) {
      throw new KubernetesConfigurationException(
          file + " authenticates by password, which Kubernetes ended in 1.19; use a token");
    }
    RefreshAuthentication token =
        authentication instanceof RefreshAuthentication refresh ? refresh : null;
    Transport transport = new Transport(client.getHttpClient(), server, userAgent, token, metrics);
    return new KubernetesClient(transport, text(context, "namespace").orElse("default"));
  }

  private Map<?, ?> currentContext() throws KubernetesConfigurationException {
    @Nullable String name = config.getCurrentContext();
    if (name == null || name.isEmpty()) {
      throw new KubernetesConfigurationException(
          file + " has no current context; choose one with `kubectl config use-context`");
    }
    return section(config.getContexts(), name, "context")
        .orElseThrow(() ->
            new KubernetesConfigurationException(
                file
                    + " has no context '"
                    + name
                    + "', its current one; choose another with `kubectl config use-context`"));
  }

  private String server() throws KubernetesConfigurationException {
    @Nullable String server = config.getServer();
    if (server == null || server.isBlank()) {
      throw new KubernetesConfigurationException(
          file + ": the cluster of context '" + config.getCurrentContext() + "' has no server");
    }
    try {
      URI uri = URI.create(server);
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return server.replaceAll("/+$", "");
      }
    } catch (IllegalArgumentException e) {
      throw new KubernetesConfigurationException(file + ": the server is no URL: " + server, e);
    }
    throw new KubernetesConfigurationException(
        file + ": the server is no http or https URL: " + server);
  }

  /** Takes it out of the configuration: the library reads it once, and keeps its line end. */
  private Optional<Path> takeTokenFile(Map<?, ?> context) {
    Optional<Map<?, ?>> user =
        text(context, "user")
            .flatMap(name -> section(config.getUsers(), name, "user"))
            .filter(entry -> !entry.containsKey("exec") && !entry.containsKey("token"));
    Optional<Path> path =
        user.flatMap(entry -> text(entry, "tokenFile"))
            .map(name -> file.toAbsolutePath().resolveSibling(name));
    user.ifPresent(entry -> entry.remove("tokenFile"));
    return path;
  }

  /** The user's own, or else an exec plugin's. */
  private ClientCertificate clientCertificate() throws IOException, GeneralSecurityException {
    byte @Nullable [] chain =
        config.getDataOrFileRelative(
            config.getClientCertificateData(), config.getClientCertificateFile());
    byte @Nullable [] key =
        config.getDataOrFileRelative(config.getClientKeyData(), config.getClientKeyFile());
    if (chain != null && key != null) {
      return ClientCertificate.read(
          new String(chain, StandardCharsets.US_ASCII), new String(key, StandardCharsets.US_ASCII));
    }
    Map<String, String> credentials = config.getCredentials();
    return ClientCertificate.read(
        credentials.getOrDefault(KubeConfig.CRED_CLIENT_CERTIFICATE_DATA_KEY, ""),
        credentials.getOrDefault(KubeConfig.CRED_CLIENT_KEY_DATA_KEY, ""));
  }

  private static Authentication delegate(Authentication authentication) {
    return authentication instanceof KubeconfigAuthentication kubeconfig
        ? kubeconfig.getDelegateAuthentication()
        : authentication;
  }

  private static Optional<Map<?, ?>> section(
      @Nullable List<Object> entries, String name, String key) {
    if (entries == null) {
      return Optional.empty();
    }
    for (Object entry : entries) {
      if (entry instanceof Map<?, ?> map
          && name.equals(map.get("name"))
          && map.get(key) instanceof Map<?, ?> section) {
        return Optional.of(section);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> text(Map<?, ?> section, String key) {
    return section.get(key) instanceof String text && !text.isBlank()
        ? Optional.of(text)
        : Optional.empty();
  }
}
