package com.mloptimizer.agent.core.backend;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import okhttp3.Authenticator;
import okhttp3.Interceptor;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that the environment names, as curl and Go understand it: {@code HTTPS_PROXY} for
 * https and wss, {@code HTTP_PROXY} for http and ws, {@code NO_PROXY} for the hosts that are
 * reached directly; lower case counts too. Loopback is never reached through a proxy. Proxies are
 * spoken to in plain HTTP, with a password if their URL has one, which is never shown.
 */
public final class ProxyEnvironment {
  private static final String AUTHORIZATION = "Proxy-Authorization";
  private static final Route DIRECT = new Route(Proxy.NO_PROXY, null);

  private final Route secure;
  private final Route plain;
  private final NoProxy direct;

  private ProxyEnvironment(Route secure, Route plain, NoProxy direct) {
    this.secure = secure;
    this.plain = plain;
    this.direct = direct;
  }

  /** A proxy, and the header's value that it wants. */
  private record Route(Proxy proxy, @Nullable String authorization) {
    @Override
    public String toString() {
      return proxy + (authorization == null ? "" : " with a password");
    }
  }

  /**
   * The proxies of that environment.
   *
   * @throws IllegalArgumentException if a proxy is not {@code http://[user:password@]host[:port]};
   *     the message names the variable and nothing of its value
   */
  public static ProxyEnvironment of(Map<String, String> environment) {
    return new ProxyEnvironment(
        route(environment, "HTTPS_PROXY"),
        route(environment, "HTTP_PROXY"),
        NoProxy.of(variable(environment, "NO_PROXY")));
  }

  /** No proxy at all. */
  public static ProxyEnvironment none() {
    return of(Map.of());
  }

  /** The proxy on the way to that URI, {@link Proxy#NO_PROXY} if there is none. */
  public Proxy proxyFor(URI uri) {
    return route(uri).proxy();
  }

  /** What the proxy on the way to that URI wants as {@code Proxy-Authorization}, if anything. */
  public Optional<String> authorizationFor(URI uri) {
    return Optional.ofNullable(route(uri).authorization());
  }

  /** For clients that ask by {@link ProxySelector}. */
  public ProxySelector selector() {
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

  /** The password for a tunnel, with the first request for it; it is never tried twice. */
  Authenticator authenticator() {
    return (route, response) -> {
      Request request = response.request();
      // Requests in plain HTTP have it already, though OkHttp does not show it here.
      return !request.method().equals("CONNECT") || request.header(AUTHORIZATION) != null
          ? null
          : authorizationFor(request.url().uri())
              .map(value -> request.newBuilder().header(AUTHORIZATION, value).build())
              .orElse(null);
    };
  }

  /** The password for requests in plain HTTP, which go through a proxy as they are. */
  Interceptor credentials() {
    return chain -> {
      Request request = chain.request();
      Optional<String> value =
          request.isHttps() ? Optional.empty() : authorizationFor(request.url().uri());
      return chain.proceed(
          value
              .map(header -> request.newBuilder().header(AUTHORIZATION, header).build())
              .orElse(request));
    };
  }

  @Override
  public String toString() {
    return "https " + secure + ", http " + plain;
  }

  private Route route(URI uri) {
    String host = uri.getHost();
    boolean tls =
        switch (String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT)) {
          case "https", "wss" -> true;
          default -> false;
        };
    int port = uri.getPort() >= 0 ? uri.getPort() : tls ? 443 : 80;
    return host == null || direct.covers(host, port) ? DIRECT : tls ? secure : plain;
  }

  private static Route route(Map<String, String> environment, String name) {
    String value = variable(environment, name);
    if (value.isEmpty()) {
      return DIRECT;
    }
    @Nullable URI uri = uri(value.contains("://") ? value : "http://" + value);
    if (uri == null || !"http".equals(uri.getScheme()) || uri.getHost() == null) {
      // Without a cause: its message would quote the value, password and all.
      throw new IllegalArgumentException(name + " must be http://[user:password@]host[:port]");
    }
    int port = uri.getPort() < 0 ? 80 : uri.getPort();
    return new Route(
        // Resolved with each connection, because addresses change.
        new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port)),
        authorization(uri.getRawUserInfo()));
  }

  private static @Nullable URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** RFC 7617; a colon, which URLs separate user and password by, can be written as %3A. */
  private static @Nullable String authorization(@Nullable String userInfo) {
    if (userInfo == null) {
      return null;
    }
    // A plus sign stands for itself here.
    String plain = URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
    String credentials = userInfo.contains(":") ? plain : plain + ":";
    return "Basic "
        + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  private static String variable(Map<String, String> environment, String name) {
    String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    return environment.getOrDefault(name, lower).strip();
  }
}
