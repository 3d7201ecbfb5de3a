package com.mloptimizer.agent.sandbox.cluster.api;

import com.mloptimizer.agent.sandbox.cluster.store.ApiFailure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who may do what: one token, with a caller's name behind a tilde or without, may do everything
 * except what was denied. Thread-safe.
 */
public final class Access {
  private record Rule(String verb, String group, String resource) {
    boolean covers(String askedVerb, String askedGroup, String askedResource) {
      return covers(verb, askedVerb)
          && covers(group, askedGroup)
          && covers(resource, askedResource);
    }

    private static boolean covers(String rule, String asked) {
      return rule.equals("*") || rule.equals(asked);
    }
  }

  /** Between the token and its bearer's name. */
  public static final char NAME = '~';

  private final String user;
  private final byte[] token;
  private final Set<Rule> denied = ConcurrentHashMap.newKeySet();

  /** Lets the bearer of the token in, under the user's name. */
  public Access(String user, String token) {
    this.user = user;
    this.token = token.getBytes(StandardCharsets.UTF_8);
  }

  /** Denies a verb on a resource such as {@code pods/eviction}; {@code *} stands for all. */
  public void deny(String verb, String group, String resource) {
    denied.add(new Rule(verb, group, resource));
  }

  /** Takes all denials back. */
  public void allowAll() {
    denied.clear();
  }

  boolean isAllowed(String verb, String group, String resource) {
    return denied.stream().noneMatch(rule -> rule.covers(verb, group, resource));
  }

  /** The caller's name in a token; empty if it has none. */
  String caller(String bearer) {
    int tilde = bearer.indexOf(NAME);
    return tilde < 0 ? "" : bearer.substring(tilde + 1);
  }

  void requireToken(ApiCall call) {
    String bearer = call.bearer();
    int tilde = bearer.indexOf(NAME);
    String unnamed = tilde < 0 ? bearer : bearer.substring(0, tilde);
    byte[] sent = unnamed.getBytes(StandardCharsets.UTF_8);
    if (!MessageDigest.isEqual(token, sent)) {
      throw ApiFailure.of(401, "Unauthorized", "Unauthorized");
    }
  }

  void require(ResourcePath path, String verb) {
    if (!isAllowed(verb, path.group(), path.resource())) {
      throw refusal(path, verb);
    }
  }

  private ApiFailure refusal(ResourcePath path, String verb) {
    String what = path.group().isEmpty() ? path.plural() : path.plural() + "." + path.group();
    String named = path.name().isEmpty() ? what : what + " \"" + path.name() + "\"";
    String where =
        path.namespace().isEmpty()
            ? "at the cluster scope"
            : "in the namespace \"" + path.namespace() + "\"";
    ApiFailure failure =
        ApiFailure.of(
            403,
            "Forbidden",
            "%s is forbidden: User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s"
                .formatted(named, user, verb, path.resource(), path.group(), where));
    return failure.about(path.group(), path.plural(), path.name());
  }
}
