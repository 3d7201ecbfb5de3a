package com.mloptimizer.agent.core.backend;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that are reached without a proxy, as Go's {@code httpproxy} reads {@code NO_PROXY}: a
 * name with all its subdomains, {@code .name} for the subdomains alone, an address, a range of
 * addresses in CIDR notation, each but the last with {@code :port} if only that port is meant, or
 * {@code *} for everything. Names are not resolved. Loopback is always among them.
 */
final class NoProxy {
  private final List<Rule> rules;

  private NoProxy(List<Rule> rules) {
    this.rules = rules;
  }

  /** Whether one entry covers a host; the address is null if the host is a name. */
  @FunctionalInterface
  private interface Rule {
    boolean covers(String host, @Nullable InetAddress address, int port);
  }

  /** The hosts of a list that is separated by commas; what makes no sense in it is skipped. */
  static NoProxy of(String list) {
    List<Rule> rules = new ArrayList<>();
    for (String entry : list.split(",", -1)) {
      String text = entry.strip().toLowerCase(Locale.ROOT);
      if (!text.isEmpty()) {
        rules.add(rule(text));
      }
    }
    return new NoProxy(List.copyOf(rules));
  }

  /**
   * Whether that host is reached directly.
   *
   * @param host a name, or an address, of IPv6 in brackets or not
   */
  boolean covers(String host, int port) {
    String name = unbracketed(host.toLowerCase(Locale.ROOT));
    String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    @Nullable InetAddress address = literal(bare);
    return bare.equals("localhost")
        || (address != null && address.isLoopbackAddress())
        || rules.stream().anyMatch(rule -> rule.covers(bare, address, port));
  }

  private static Rule rule(String entry) {
    if (entry.equals("*")) {
      return (host, address, port) -> true;
    }
    int slash = entry.indexOf('/');
    @Nullable InetAddress network = slash < 0 ? null : literal(entry.substring(0, slash));
    if (network != null && entry.substring(slash + 1).matches("[0-9]{1,3}")) {
      int bits = Integer.parseInt(entry.substring(slash + 1));
      return (host, address, port) -> address != null && inNetwork(address, network, bits);
    }
    @Nullable InetAddress whole = literal(unbracketed(entry));
    int colon = whole == null ? entry.lastIndexOf(':') : -1;
    boolean withPort = colon > 0 && entry.substring(colon + 1).matches("[0-9]{1,5}");
    int only = withPort ? Integer.parseInt(entry.substring(colon + 1)) : -1;
    String name = unbracketed(withPort ? entry.substring(0, colon) : entry);
    @Nullable InetAddress same = literal(name);
    return (host, address, port) ->
        (only < 0 || only == port)
            && (same != null ? same.equals(address) : address == null && matches(host, name));
  }

  private static boolean matches(String host, String name) {
    String suffix = name.startsWith("*.") ? name.substring(1) : name;
    return suffix.startsWith(".")
        ? host.endsWith(suffix)
        : host.equals(suffix) || host.endsWith("." + suffix);
  }

  private static boolean inNetwork(InetAddress address, InetAddress network, int bits) {
    byte[] one = address.getAddress();
    byte[] other = network.getAddress();
    if (one.length != other.length || bits > 8 * one.length) {
      return false;
    }
    int whole = bits / 8;
    if (!Arrays.equals(one, 0, whole, other, 0, whole)) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || ((one[whole] ^ other[whole]) & 0xff) >> (8 - rest) == 0;
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** The address, if that is one; no name is ever looked up. */
  private static @Nullable InetAddress literal(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
