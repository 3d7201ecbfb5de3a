package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.SocketFactory;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the library a socket that is connected, and secured where the URL says so, and keeps hold
 * of the TCP socket beneath: closing that one ends every read and write at once, whereas closing a
 * TLS socket waits for a write that is stuck. Good for one connection.
 */
final class Dialer extends SocketFactory {
  private static final Logger log = LoggerFactory.getLogger(Dialer.class);

  private final URI endpoint;
  private final Duration timeout;
  private final ProxyEnvironment proxies;
  private final Supplier<SSLSocketFactory> tls;

  // Guarded by this.
  private @Nullable Wire wire;
  // Guarded by this.
  private boolean aborted;

  Dialer(URI endpoint, Duration timeout, ProxyEnvironment proxies, Supplier<SSLSocketFactory> tls) {
    this.endpoint = endpoint;
    this.timeout = timeout;
    this.proxies = proxies;
    this.tls = tls;
  }

  /** Ends the connection, or the attempt at one, from any thread. */
  synchronized void abort() {
    aborted = true;
    if (wire != null) {
      closeQuietly(wire);
    }
  }

  /** Waits until somebody closed the connection, or at most that long; at once if there is none. */
  void awaitClosed(Duration atMost) throws InterruptedException {
    Wire current;
    synchronized (this) {
      current = wire;
    }
    if (current != null) {
      boolean closed = current.awaitClosed(atMost);
      log.trace("Connection closed in time: {}", closed);
    }
  }

  @Override
  public Socket createSocket() throws IOException {
    boolean secure = "wss".equals(endpoint.getScheme());
    int port = endpoint.getPort() >= 0 ? endpoint.getPort() : secure ? 443 : 80;
    Socket connected =
        proxies.proxyFor(endpoint).address() instanceof InetSocketAddress proxy
            ? tunnelled(connect(proxy.getHostString(), proxy.getPort()), port)
            : connect(endpoint.getHost(), port);
    connected.setTcpNoDelay(true);
    return secure ? secured(connected, port) : connected;
  }

  /** Through a proxy also where the URL is plain: only a tunnel carries an upgrade unharmed. */
  private Socket tunnelled(Socket proxy, int port) throws IOException {
    proxy.setSoTimeout((int) timeout.toMillis());
    ProxyTunnel.open(proxy, endpoint.getHost(), port, proxies.authorizationFor(endpoint));
    proxy.setSoTimeout(0);
    return proxy;
  }

  /** Tries every address of the host, each with its share of the time. */
  private Socket connect(String host, int port) throws IOException {
    InetAddress[] addresses = InetAddress.getAllByName(host);
    int share = Math.max(1, (int) timeout.toMillis() / addresses.length);
    IOException failure = new IOException(host + " has no address");
    for (InetAddress address : addresses) {
      Wire socket = keep(new Wire());
      try {
        socket.connect(new InetSocketAddress(address, port), share);
        return socket;
      } catch (IOException e) {
        closeQuietly(socket);
        failure = e;
      }
    }
    throw failure;
  }

  private Socket secured(Socket connected, int port) throws IOException {
    // An IPv6 literal stands in brackets in a URL, but not in a certificate.
    String host = endpoint.getHost().replace("[", "").replace("]", "");
    SSLSocket socket = (SSLSocket) tls.get().createSocket(connected, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private synchronized Wire keep(Wire socket) throws IOException {
    if (aborted) {
      closeQuietly(socket);
      throw new IOException("given up");
    }
    wire = socket;
    return socket;
  }

  /** A TCP socket on whose end one can wait. */
  private static final class Wire extends Socket {
    private final CountDownLatch closed = new CountDownLatch(1);

    boolean awaitClosed(Duration atMost) throws InterruptedException {
      return closed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        closed.countDown();
      }
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing is left to do for a socket that cannot even be closed.
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw unconnectedOnly();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress local, int localPort) {
    throw unconnectedOnly();
  }

  private static UnsupportedOperationException unconnectedOnly() {
    return new UnsupportedOperationException("this factory knows where to connect to");
  }
}
