package com.mloptimizer.agent.core.config;

import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentOutbox;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.mloptimizer.agent.core.protocol.StrictJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The settings in force: the local ones, until a signed configuration of a higher version changes
 * some of them. One that has an unknown key or a value out of bounds is refused whole. Safe for use
 * by several threads.
 */
public final class RemoteConfiguration
    implements Supplier<TunableSettings>, Consumer<ReceivedEnvelope> {
  private static final Logger log = LoggerFactory.getLogger(RemoteConfiguration.class);
  private static final Set<String> FIELDS = Set.of("cluster_id", "version", "config");
  private static final Set<String> KEYS =
      Set.of(
          "collection_interval_seconds",
          "action_poll_interval_seconds",
          "heartbeat_interval_seconds",
          "batch_size",
          "log_level",
          "event_collection");

  private final StrictJson json = new StrictJson();
  private final EnvelopeVerifier verifier;
  private final String clusterId;
  private final AgentOutbox outbox;
  private final Consumer<TunableSettings> onChange;
  private final TunableSettings local;

  // Both are written under this; read without.
  private volatile TunableSettings settings;
  private volatile ConfigState state = ConfigState.none();
  // Guarded by this.
  private @Nullable KeptConfiguration kept;

  /**
   * @param local the settings until the backend says otherwise, and for all that it leaves out
   * @param onChange told of new settings, on the thread that brought them
   */
  public RemoteConfiguration(
      TunableSettings local,
      String clusterId,
      EnvelopeVerifier verifier,
      AgentOutbox outbox,
      Consumer<TunableSettings> onChange) {
    this.local = local;
    this.settings = local;
    this.clusterId = clusterId;
    this.verifier = verifier;
    this.outbox = outbox;
    this.onChange = onChange;
  }

  /**
   * Applies the configuration that an earlier process kept in that file, if its signature still
   * holds, and keeps every one there that is applied from now on: so an older one cannot be
   * replayed to the process that follows (docs/adr/0021).
   */
  public synchronized void keepIn(Path file) {
    kept = new KeptConfiguration(file);
    kept.read()
        .ifPresent(envelope -> {
          switch (verifier.verify(envelope, PayloadType.CONFIG)) {
            case Verification.Rejected(var reason, var message) ->
                log.info("The remote configuration kept in {} is void: {}", file, message);
            case Verification.Verified verified -> apply(envelope, verified.payload());
          }
        });
  }

  /** The settings in force. */
  @Override
  public TunableSettings get() {
    return settings;
  }

  /** As the heartbeat reports it. */
  public ConfigState state() {
    return state;
  }

  /**
   * Takes a configuration that nobody has verified yet, and tells the backend what became of it.
   */
  @Override
  public synchronized void accept(ReceivedEnvelope envelope) {
    switch (verifier.verify(envelope, PayloadType.CONFIG)) {
      case Verification.Rejected(var reason, var message) -> {
        log.warn("Refused a remote configuration ({}): {}", envelope, message);
        fail(state.version(), reason.wireName() + ": " + message);
      }
      case Verification.Verified verified -> apply(envelope, verified.payload());
    }
  }

  private void apply(ReceivedEnvelope envelope, byte[] payload) {
    long version = state.version();
    TunableSettings changed;
    try {
      ObjectNode fields = json.readObject(payload);
      checkFields(fields);
      version = fields.path("version").longValue();
      if (version <= state.version()) {
        if (version == state.version()) {
          // The backend has gone back to the one in force: what was refused since is moot.
          state = new ConfigState(version, "applied", null);
        }
        report();
        return;
      }
      changed = settings((ObjectNode) fields.path("config"));
    } catch (JacksonException e) {
      refuse(version, "not strict JSON: " + json.reason(e));
      return;
    } catch (IllegalArgumentException e) {
      refuse(version, String.valueOf(e.getMessage()));
      return;
    }
    settings = changed;
    state = new ConfigState(version, "applied", null);
    log.info("Applied remote configuration version {}: {}", version, changed);
    if (kept != null) {
      kept.write(envelope);
    }
    report();
    onChange.accept(changed);
  }

  private void refuse(long version, String error) {
    log.warn("Refused remote configuration version {}: {}", version, error);
    fail(version, error);
  }

  private void checkFields(ObjectNode fields) {
    require(FIELDS.containsAll(fields.propertyNames()), "it has an unknown field");
    require(fields.path("cluster_id").isString(), "cluster_id must be a string");
    require(fields.path("cluster_id").stringValue().equals(clusterId), "it is for another cluster");
    JsonNode version = fields.path("version");
    require(
        version.isIntegralNumber() && version.canConvertToLong() && version.longValue() > 0,
        "version must be a positive integer");
    require(fields.path("config") instanceof ObjectNode, "config must be an object");
  }

  private TunableSettings settings(ObjectNode config) {
    for (String key : config.propertyNames()) {
      require(KEYS.contains(key), "unknown key " + StrictJson.excerpt(key));
    }
    return new TunableSettings(
        interval(config, "collection_interval_seconds", local.collectionInterval()),
        interval(config, "action_poll_interval_seconds", local.actionPollInterval()),
        interval(config, "heartbeat_interval_seconds", local.heartbeatInterval()),
        integer(config, "batch_size", local.batchSize(), TunableSettings.MAX_BATCH_SIZE),
        logLevel(config),
        flag(config, "event_collection", local.eventCollection()));
  }

  private static Duration interval(ObjectNode config, String key, Duration absent) {
    int seconds =
        integer(config, key, (int) absent.toSeconds(), TunableSettings.MAX_INTERVAL_SECONDS);
    return Duration.ofSeconds(seconds);
  }

  private static int integer(ObjectNode config, String key, int absent, int max) {
    @Nullable JsonNode value = config.get(key);
    if (value == null) {
      return absent;
    }
    boolean withinBounds =
        value.isIntegralNumber()
            && value.canConvertToInt()
            && value.intValue() >= 1
            && value.intValue() <= max;
    require(withinBounds, key + " must be an integer from 1 to " + max);
    return value.intValue();
  }

  private String logLevel(ObjectNode config) {
    @Nullable JsonNode value = config.get("log_level");
    if (value == null) {
      return local.logLevel();
    }
    String level = value.isString() ? value.stringValue().toUpperCase(Locale.ROOT) : "";
    require(
        TunableSettings.LOG_LEVELS.contains(level),
        "log_level must be one of " + TunableSettings.LOG_LEVELS);
    return level;
  }

  private static boolean flag(ObjectNode config, String key, boolean absent) {
    @Nullable JsonNode value = config.get(key);
    require(value == null || value.isBoolean(), key + " must be true or false");
    return value == null ? absent : value.booleanValue();
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  private void fail(long version, String error) {
    state = new ConfigState(state.version(), "failed", error);
    outbox.send(new AgentFrame.ConfigStatus(version, "failed", error));
  }

  private void report() {
    outbox.send(new AgentFrame.ConfigStatus(state.version(), "applied", null));
  }
}
