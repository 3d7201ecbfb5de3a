package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.config.AgentConfiguration.ApiKey;
import com.mloptimizer.agent.core.config.AgentConfiguration.LogFormat;
import com.mloptimizer.agent.core.config.AgentConfiguration.SigningKeys;
import com.mloptimizer.agent.core.envelope.KeyDirectory;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.tls.TlsFiles;
import com.mloptimizer.agent.core.tls.TlsSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns the variables' texts into an {@link AgentConfiguration}; finds everything that is wrong.
 */
public final class ConfigurationReader {
  /** Without the spellings of IPv4 that one resolver reads as octal and another as decimal. */
  private static final Pattern LITERAL =
      Pattern.compile("127(\\.(0|[1-9][0-9]{0,2})){3}|\\[[0-9a-fA-F:.]+]");

  private static final URI NO_URI = URI.create("invalid:address");

  private final ConfigurationSources sources;
  private final boolean insecureTransport;
  private final List<String> problems = new ArrayList<>();

  private ConfigurationReader(ConfigurationSources sources, boolean insecureTransport) {
    this.sources = sources;
    this.insecureTransport = insecureTransport;
    problems.addAll(sources.problems());
  }

  /**
   * Reads and checks.
   *
   * @param insecureTransport whether plain http:// and ws:// may leave this machine
   * @throws InvalidConfigurationException naming every problem
   */
  public static AgentConfiguration read(ConfigurationSources sources, boolean insecureTransport) {
    ConfigurationReader reader = new ConfigurationReader(sources, insecureTransport);
    AgentConfiguration configuration = reader.configuration();
    if (!reader.problems.isEmpty()) {
      throw new InvalidConfigurationException(reader.problems);
    }
    return configuration;
  }

  private AgentConfiguration configuration() {
    @Nullable String podName =
        text(Variable.POD_NAME).map(name -> name(Variable.POD_NAME, name)).orElse(null);
    return new AgentConfiguration(
        url(Variable.BACKEND_URL, "https", "http"),
        url(Variable.BACKEND_WS_URL, "wss", "ws"),
        apiKey(),
        signingKeys(),
        tls(),
        id(Variable.CLUSTER_ID, required(Variable.CLUSTER_ID)),
        id(Variable.AGENT_ID, text(Variable.AGENT_ID).orElseGet(() -> generatedId(podName))),
        tunables(),
        integer(Variable.HTTP_PORT, 0, 65_535),
        oneOf(Variable.LOG_FORMAT, "text", "json").equals("json") ? LogFormat.JSON : LogFormat.TEXT,
        oneOf(Variable.DRY_RUN, "true", "false").equals("true"),
        seconds(Variable.MAX_ACTION_TTL, 86_400),
        integer(Variable.ACTION_PARALLELISM, 1, 64),
        seconds(Variable.ACTION_RETENTION, 31_536_000),
        path(Variable.SPOOL_DIR)
            .orElseGet(
                () -> Path.of(System.getProperty("java.io.tmpdir"), "kubernetes-agent", "spool")),
        podName,
        text(Variable.POD_NAMESPACE).map(name -> name(Variable.POD_NAMESPACE, name)).orElse(null),
        oneOf(Variable.LEADER_ELECTION, "true", "false").equals("true"),
        name(Variable.LEASE_NAME, required(Variable.LEASE_NAME)),
        new GuardrailReader(sources, problems::add).read());
  }

  private TunableSettings tunables() {
    return new TunableSettings(
        seconds(Variable.COLLECTION_INTERVAL, TunableSettings.MAX_INTERVAL_SECONDS),
        seconds(Variable.ACTION_POLL_INTERVAL, TunableSettings.MAX_INTERVAL_SECONDS),
        seconds(Variable.HEARTBEAT_INTERVAL, TunableSettings.MAX_INTERVAL_SECONDS),
        integer(Variable.BATCH_SIZE, 1, TunableSettings.MAX_BATCH_SIZE),
        oneOf(Variable.LOG_LEVEL, TunableSettings.LOG_LEVELS.toArray(new String[0])),
        true);
  }

  private ApiKey apiKey() {
    Optional<String> key = text(Variable.API_KEY);
    Optional<Path> file = path(Variable.API_KEY_FILE);
    exactlyOne(Variable.API_KEY, key, Variable.API_KEY_FILE, file);
    if (key.isPresent() && !key.get().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      problems.add("API_KEY must be printable ASCII without spaces: it travels in an HTTP header");
    }
    file.filter(path -> !Files.isReadable(path))
        .ifPresent(path -> problems.add("API_KEY_FILE: cannot read " + path));
    return file.<ApiKey>map(ApiKey.FromFile::new)
        .orElseGet(() -> new ApiKey.Fixed(new Secret(key.orElse(""))));
  }

  private SigningKeys signingKeys() {
    Optional<String> key = text(Variable.SECRET_KEY);
    Optional<Path> directory = path(Variable.SECRET_KEY_DIR);
    exactlyOne(Variable.SECRET_KEY, key, Variable.SECRET_KEY_DIR, directory);
    int length = key.orElse("").getBytes(StandardCharsets.UTF_8).length;
    if (key.isPresent() && length < SigningKey.MIN_BYTES) {
      problems.add(
          "SECRET_KEY has %d bytes, at least %d are needed; make one with: openssl rand -hex 32"
              .formatted(length, SigningKey.MIN_BYTES));
    }
    if (key.isPresent() && !key.get().equals(key.get().strip())) {
      problems.add(
          "SECRET_KEY begins or ends with white space, often a pasted line break: remove it");
    }
    directory.ifPresent(this::checkKeys);
    return directory
        .<SigningKeys>map(SigningKeys.FromDirectory::new)
        .orElseGet(() -> new SigningKeys.Fixed(new Secret(key.orElse(""))));
  }

  /** Reads the keys once, so that this report has their problems too. */
  private void checkKeys(Path directory) {
    if (!Files.isDirectory(directory)) {
      problems.add("SECRET_KEY_DIR: " + directory + " is not a folder");
      return;
    }
    try {
      var _ = new KeyDirectory(directory, Ticker.system(), ReloadMetrics.unscraped());
    } catch (IllegalArgumentException | UncheckedIOException e) {
      problems.add("SECRET_KEY_DIR: " + e.getMessage());
    }
  }

  /** Reads the files once, so that this report has their problems too. */
  private TlsSettings tls() {
    Optional<Path> certificate = path(Variable.CLIENT_CERTIFICATE_FILE);
    Optional<Path> key = path(Variable.CLIENT_KEY_FILE);
    if (certificate.isPresent() != key.isPresent()) {
      problems.add("CLIENT_CERTIFICATE_FILE and CLIENT_KEY_FILE go together, set both or neither");
      return TlsSettings.none();
    }
    TlsSettings settings =
        new TlsSettings(
            path(Variable.CA_BUNDLE_FILE).orElse(null), certificate.orElse(null), key.orElse(null));
    try {
      var _ = TlsFiles.open(settings, Ticker.system(), ReloadMetrics.unscraped());
    } catch (IOException | GeneralSecurityException e) {
      problems.add("CA_BUNDLE_FILE or CLIENT_CERTIFICATE_FILE cannot be read: " + e);
    } catch (IllegalArgumentException e) {
      problems.add("CA_BUNDLE_FILE or CLIENT_CERTIFICATE_FILE: " + e.getMessage());
    }
    return settings;
  }

  private void exactlyOne(
      Variable one, Optional<?> oneValue, Variable other, Optional<?> otherValue) {
    if (oneValue.isEmpty() && otherValue.isEmpty()) {
      problems.add(one + " or " + other + " is required");
    } else if (oneValue.isPresent() && otherValue.isPresent()) {
      problems.add("set " + one + " or " + other + ", not both");
    }
  }

  private Optional<String> text(Variable variable) {
    return sources.value(variable);
  }

  private String required(Variable variable) {
    Optional<String> value = text(variable);
    if (value.isEmpty()) {
      problems.add(variable + " is required");
    }
    return value.orElse("");
  }

  private String id(Variable variable, String value) {
    if (!value.matches("[A-Za-z0-9._:/@-]{0,253}")) {
      problems.add(variable + " may have at most 253 letters, digits and . _ : / @ -");
    }
    return value;
  }

  private String name(Variable variable, String value) {
    if (!value.matches("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")) {
      problems.add(variable + " is not a Kubernetes name");
    }
    return value;
  }

  private static String generatedId(@Nullable String podName) {
    return podName != null ? podName : "agent-" + UUID.randomUUID();
  }

  private URI url(Variable variable, String secureScheme, String plainScheme) {
    String value = required(variable);
    if (value.isEmpty()) {
      return NO_URI;
    }
    try {
      URI uri = new URI(value.replaceAll("/+$", ""));
      String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
      boolean wellFormed =
          uri.getHost() != null
              && uri.getUserInfo() == null
              && uri.getQuery() == null
              && uri.getFragment() == null
              && uri.getPort() != 0
              && uri.getPort() <= 65_535;
      if (!wellFormed || !(scheme.equals(secureScheme) || scheme.equals(plainScheme))) {
        problems.add(notAnAddress(variable, value, secureScheme));
      } else if (scheme.equals(plainScheme) && !insecureTransport && !isLoopback(uri.getHost())) {
        problems.add(
            "%s is not encrypted: use %s://, or allow it with --insecure-transport"
                .formatted(variable, secureScheme));
      }
      return uri;
    } catch (URISyntaxException e) {
      problems.add(notAnAddress(variable, value, secureScheme));
      return NO_URI;
    }
  }

  private static String notAnAddress(Variable variable, String value, String scheme) {
    return "%s '%s' is not an address of the form %s://HOST[:PORT][/PATH]"
        .formatted(variable, value.replaceAll("//.*@", "//***@"), scheme);
  }

  private static boolean isLoopback(String host) {
    return host.equalsIgnoreCase("localhost")
        || (LITERAL.matcher(host).matches() && isLoopbackAddress(host));
  }

  private static boolean isLoopbackAddress(String literal) {
    try {
      return InetAddress.ofLiteral(literal.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false; // Not a literal address after all, so nobody knows where it leads.
    }
  }

  private Duration seconds(Variable variable, int max) {
    return Duration.ofSeconds(integer(variable, 1, max));
  }

  private int integer(Variable variable, int min, int max) {
    String value = required(variable);
    if (value.matches("[0-9]{1,9}")) {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    }
    problems.add(
        "%s must be a whole number (%s) from %d to %d, not '%s'"
            .formatted(variable, variable.placeholder().toLowerCase(Locale.ROOT), min, max, value));
    return min;
  }

  private String oneOf(Variable variable, String... allowed) {
    String value = required(variable);
    for (String candidate : allowed) {
      if (candidate.equalsIgnoreCase(value)) {
        return candidate;
      }
    }
    problems.add(
        "%s must be one of %s, not '%s'".formatted(variable, String.join(", ", allowed), value));
    return allowed[0];
  }

  private Optional<Path> path(Variable variable) {
    try {
      return text(variable).map(Path::of);
    } catch (InvalidPathException e) {
      problems.add(variable + " is not a path: " + e.getReason());
      return Optional.empty();
    }
  }
}
