package com.mloptimizer.agent.core.action;

import com.mloptimizer.agent.core.protocol.StrictJson;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads an action from a payload whose signature was verified, and checks what the action itself
 * says: for this cluster, valid now, of a known type, with exactly the parameters of that type. The
 * order of the checks is the protocol's (section 4). Safe for use by several threads.
 */
public final class ActionParser {
  /** How far the clocks of agent and backend may be apart. */
  public static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private static final Set<String> FIELDS =
      Set.of("id", "cluster_id", "type", "parameters", "issued_at", "expires_at", "dry_run");

  /**
   * Only the form that the protocol names: Instant.parse takes offsets and years past 9999, too.
   */
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z");

  private final StrictJson json = new StrictJson();
  private final String clusterId;
  private final Duration maxTtl;
  private final Duration skew;

  /**
   * @param clusterId the only cluster whose actions are accepted
   * @param maxTtl the longest time between {@code issued_at} and {@code expires_at}
   */
  public ActionParser(String clusterId, Duration maxTtl) {
    this(clusterId, maxTtl, CLOCK_SKEW);
  }

  /**
   * One that judges by another clock than the agent's.
   *
   * @param skew how far that clock and the backend's may be apart
   */
  public ActionParser(String clusterId, Duration maxTtl, Duration skew) {
    this.clusterId = clusterId;
    this.maxTtl = maxTtl;
    this.skew = skew;
  }

  /** Parses a payload as of now. */
  public ActionParsing parse(byte[] payload, InstantSource clock) {
    ActionId id = null;
    try {
      ObjectNode fields = json.readObject(payload);
      id = id(fields);
      return new ActionParsing.Accepted(action(id, fields, clock.instant()));
    } catch (JacksonException e) {
      return new ActionParsing.Rejected(
          id, RejectionReason.MALFORMED, "the payload is not strict JSON: " + json.reason(e));
    } catch (InvalidActionException e) {
      return new ActionParsing.Rejected(id, e.reason(), e.text());
    }
  }

  private Action action(ActionId id, ObjectNode fields, Instant now) throws InvalidActionException {
    for (String name : fields.propertyNames()) {
      if (!FIELDS.contains(name)) {
        throw malformed("unknown field '" + StrictJson.excerpt(name) + "'");
      }
    }
    String cluster = text(fields, "cluster_id");
    String typeName = text(fields, "type");
    Instant issuedAt = instant(fields, "issued_at");
    Instant expiresAt = instant(fields, "expires_at");
    boolean dryRun = flag(fields, "dry_run");
    JsonNode parameters = fields.get("parameters");
    if (!(parameters instanceof ObjectNode parameterFields)) {
      throw malformed("'parameters' must be an object");
    }
    if (!expiresAt.isAfter(issuedAt)) {
      throw malformed("'expires_at' must be after 'issued_at'");
    }
    if (!cluster.equals(clusterId)) {
      throw new InvalidActionException(
          RejectionReason.WRONG_CLUSTER, "this agent serves cluster " + clusterId);
    }
    checkValidity(issuedAt, expiresAt, now);
    Optional<ActionType> type = ActionType.of(typeName);
    if (type.isEmpty()) {
      throw new InvalidActionException(
          RejectionReason.UNKNOWN_TYPE, "unknown type '" + StrictJson.excerpt(typeName) + "'");
    }
    ActionParameters read = ParameterReader.read(type.get(), parameterFields);
    return new Action(id, cluster, read, issuedAt, expiresAt, dryRun);
  }

  private void checkValidity(Instant issuedAt, Instant expiresAt, Instant now)
      throws InvalidActionException {
    if (now.isAfter(expiresAt.plus(skew))) {
      throw new InvalidActionException(RejectionReason.EXPIRED, "expired at " + expiresAt);
    }
    if (issuedAt.isAfter(now.plus(skew))) {
      throw new InvalidActionException(
          RejectionReason.NOT_YET_VALID, "issued at " + issuedAt + ", it is " + now + " here");
    }
    if (Duration.between(issuedAt, expiresAt).compareTo(maxTtl) > 0) {
      throw new InvalidActionException(
          RejectionReason.TTL_TOO_LONG,
          "valid for more than the " + maxTtl.toSeconds() + " s that this agent accepts");
    }
  }

  private static ActionId id(ObjectNode fields) throws InvalidActionException {
    return ActionId.of(text(fields, "id"))
        .orElseThrow(() -> malformed("'id' must be 1-63 characters of [a-z0-9-]"));
  }

  private static String text(ObjectNode fields, String name) throws InvalidActionException {
    @Nullable JsonNode value = fields.get(name);
    if (value == null || !value.isString()) {
      throw malformed("'" + name + "' must be a string");
    }
    return value.stringValue();
  }

  private static Instant instant(ObjectNode fields, String name) throws InvalidActionException {
    String text = text(fields, name);
    try {
      if (TIME.matcher(text).matches()) {
        return Instant.parse(text);
      }
    } catch (DateTimeParseException e) {
      // Of the right form, but no such day or hour: said below.
    }
    throw malformed("'" + name + "' must be an RFC 3339 time in UTC, ending in Z");
  }

  private static boolean flag(ObjectNode fields, String name) throws InvalidActionException {
    @Nullable JsonNode value = fields.get(name);
    if (value == null) {
      return false;
    }
    if (!value.isBoolean()) {
      throw malformed("'" + name + "' must be true or false");
    }
    return value.booleanValue();
  }

  private static InvalidActionException malformed(String message) {
    return new InvalidActionException(RejectionReason.MALFORMED, message);
  }
}
