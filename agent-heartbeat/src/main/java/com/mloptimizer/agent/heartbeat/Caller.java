package com.mloptimizer.agent.heartbeat;

import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Who asks, as far as that can be told without a login. */
final class Caller {
  private static final Pattern ADDRESS =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.]+(%[^\\]]*)?]");

  /**
   * One label, or an ending that nobody can register: the names of a private network. RFC 6761, RFC
   * 6762, RFC 8375 and ICANN's resolution on {@code .internal}.
   */
  private static final Pattern PRIVATE_NAME =
      Pattern.compile("[a-z0-9_-]+|.*\\.(svc|local|localhost|internal|home\\.arpa)");

  private final HttpExchange exchange;

  Caller(HttpExchange exchange) {
    this.exchange = exchange;
  }

  /**
   * Whether the name that was asked for leads here by its own right. A web page can have its own
   * public name resolved to this address ("DNS rebinding") and would then read what is for people
   * only; it cannot do so with a name of a private network.
   */
  boolean usesPrivateName() {
    String host = exchange.getRequestHeaders().getFirst("Host");
    if (host == null) {
      return true; // No browser leaves it out.
    }
    String name = host.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
    return ADDRESS.matcher(name).matches() || PRIVATE_NAME.matcher(name).matches();
  }

  /**
   * Whether the client is in this pod: somebody whom Kubernetes let exec or port-forward. Exactly
   * the two addresses: what a service mesh brings in from outside comes from others of 127/8.
   */
  boolean isInsideThePod() {
    InetSocketAddress remote = exchange.getRemoteAddress();
    @Nullable InetAddress address = remote == null ? null : remote.getAddress();
    if (address == null) {
      return false;
    }
    String literal = address.getHostAddress();
    return literal.equals("127.0.0.1")
        || literal.equals("0:0:0:0:0:0:0:1")
        || literal.startsWith("0:0:0:0:0:0:0:1%");
  }
}
