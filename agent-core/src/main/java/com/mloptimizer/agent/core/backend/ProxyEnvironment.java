package com.mloptimizer.agent.core.backend;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that the environment names, as curl and Go understand it: {@code HTTPS_PROXY} for
 * https and wss, {@code HTTP_PROXY} for http and ws, {@code NO_PROXY} for the hosts that are
 * reached directly (names with all their subdomains, addresses, or {@code *}); lower case counts
 * too. Loopback is never reached through a proxy. Proxies that ask for a password are not
 * supported.
 */
public final class ProxyEnvironment {
  private final Proxy secure;
  private final Proxy plain;
  private final List<String> direct;

  private ProxyEnvironment(Proxy secure, Proxy plain, List<String> direct) {
    this.secure = secure;
    this.plain = plain;
    this.direct = direct;
  }

  /**
   * The proxies of that environment.
   *
   * @throws IllegalArgumentException if a proxy is not {@code http://host:port}; the message names
   *     the variable
   */
  public static ProxyEnvironment of(Map<String, String> environment) {
    return new ProxyEnvironment(
        proxy(environment, "HTTPS_PROXY"),
        proxy(environment, "HTTP_PROXY"),
        Arrays.stream(variable(environment, "NO_PROXY").split(",", -1))
            .map(host -> host.strip().toLowerCase(Locale.ROOT))
            .map(host -> host.startsWith(".") ? host.substring(1) : host)
            .filter(host -> !host.isEmpty())
            .toList());
  }

  /** No proxy at all. */
  public static ProxyEnvironment none() {
    return of(Map.of());
  }

  /** The proxy on the way to that URI, {@link Proxy#NO_PROXY} if there is none. */
  public Proxy proxyFor(URI uri) {
    String host = uri.getHost();
    if (host == null || isDirect(host.toLowerCase(Locale.ROOT))) {
      return Proxy.NO_PROXY;
    }
    return switch (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT)) {
      case "https", "wss" -> secure;
      case "http", "ws" -> plain;
      default -> Proxy.NO_PROXY;
    };
  }

  ProxySelector selector() {
    return new ProxySelector() {
      @Override
      public List<Proxy> select(@Nullable URI uri) {
        return List.of(uri == null ? Proxy.NO_PROXY : proxyFor(uri));
      }

      @Override
      public void connectFailed(
          @Nullable URI uri, @Nullable SocketAddress address, @Nullable IOException cause) {
        // The call fails with the same exception, and is tried again.
      }
    };
  }

  private boolean isDirect(String host) {
    return host.equals("localhost")
        || host.startsWith("127.")
        || host.equals("[::1]")
        || direct.stream()
            .anyMatch(name -> name.equals("*") || host.equals(name) || host.endsWith("." + name));
  }

  private static Proxy proxy(Map<String, String> environment, String name) {
    String value = variable(environment, name);
    if (value.isEmpty()) {
      return Proxy.NO_PROXY;
    }
    try {
      URI uri = URI.create(value.contains("://") ? value : "http://" + value);
      if ("http".equals(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null) {
        int port = uri.getPort() < 0 ? 80 : uri.getPort();
        // Resolved with each connection, because addresses change.
        return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port));
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " is not a URL", e);
    }
    throw new IllegalArgumentException(name + " must be http://host:port, without a password");
  }

  private static String variable(Map<String, String> environment, String name) {
    String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    return environment.getOrDefault(name, lower).strip();
  }
}
