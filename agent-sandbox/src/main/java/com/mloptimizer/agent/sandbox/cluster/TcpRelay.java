package com.mloptimizer.agent.sandbox.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands on the loopback interface between a client and a server, which know nothing of it: passes
 * bytes on, counts them, and can cut every connection, as a proxy or a firewall would. Thread-safe.
 */
public final class TcpRelay implements AutoCloseable {

  private static final int BACKLOG = 50;

  private final ServerSocket listener;
  private final InetSocketAddress server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytesToServer = new AtomicLong();
  private volatile boolean refusing;

  private TcpRelay(ServerSocket listener, InetSocketAddress server) {
    this.listener = listener;
    this.server = server;
  }

  /** Starts one to that server. */
  public static TcpRelay to(InetSocketAddress server) throws IOException {
    TcpRelay relay =
        new TcpRelay(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), server);
    Thread.ofVirtual().name("relay").start(relay::accept);
    return relay;
  }

  /** Where clients connect. */
  public int port() {
    return listener.getLocalPort();
  }

  /** How much clients have sent so far. */
  public long bytesToServer() {
    return bytesToServer.get();
  }

  /** Cuts all connections; new ones are welcome. */
  public void cut() {
    sockets.forEach(TcpRelay::closeQuietly);
  }

  /** Whether new connections are closed at once from now on. */
  public void refuse(boolean refuse) {
    refusing = refuse;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        if (refusing) {
          closeQuietly(client);
        } else {
          Thread.ofVirtual().start(() -> serve(client));
        }
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket upstream = new Socket(server.getAddress(), server.getPort())) {
      sockets.add(client);
      sockets.add(upstream);
      Thread back = Thread.ofVirtual().start(() -> copy(upstream, client, new AtomicLong()));
      copy(client, upstream, bytesToServer);
      back.join();
    } catch (IOException e) {
      // The server is away: so is the client's connection.
      closeQuietly(client);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(client);
      sockets.removeIf(Socket::isClosed);
    }
  }

  /** When one side ends, both do: nothing here half-closes. */
  private static void copy(Socket from, Socket to, AtomicLong count) {
    byte[] buffer = new byte[1 << 16];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        count.addAndGet(read);
      }
    } catch (IOException e) {
      // Cut; the other direction ends with it.
    } finally {
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no use any more either way.
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      // As above.
    }
    cut();
  }
}
