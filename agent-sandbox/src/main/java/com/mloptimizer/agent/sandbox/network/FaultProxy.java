package com.mloptimizer.agent.sandbox.network;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on the loopback interface whose network can be made bad while it runs. It knows
 * nothing of what it carries. Thread-safe; {@link #close} may be called again.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int CONNECT_MILLIS = 5000;

  private final InetSocketAddress target;
  private final ServerSocket listening;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicLong cutAfter = new AtomicLong(-1);
  private volatile boolean closed;

  // Guarded by this.
  private Weather weather = new Weather.Clear();

  /** What becomes of bytes that are under way. */
  public sealed interface Weather {

    /** They arrive. */
    record Clear() implements Weather {}

    /** They arrive later. */
    record Latency(Duration delay) implements Weather {}

    /** They arrive one by one. */
    record Drip(Duration betweenBytes) implements Weather {}

    /** They do not arrive, and nobody is told, until the weather changes. */
    record BlackHole() implements Weather {}
  }

  private FaultProxy(InetSocketAddress target, ServerSocket listening) {
    this.target = target;
    this.listening = listening;
  }

  /**
   * Starts a proxy in front of that port of the loopback interface.
   *
   * @throws IOException if no port can be bound
   */
  public static FaultProxy to(int port) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    FaultProxy proxy =
        new FaultProxy(new InetSocketAddress(loopback, port), new ServerSocket(0, 50, loopback));
    Thread.ofVirtual().name("fault-proxy").start(proxy::accept);
    return proxy;
  }

  /** Where it listens. */
  public int port() {
    return listening.getLocalPort();
  }

  /** How many connections it has taken. */
  public int accepted() {
    return accepted.get();
  }

  /** Changes what becomes of bytes, those under way included. */
  public synchronized void weather(Weather now) {
    weather = now;
    notifyAll();
  }

  /** Resets every connection. */
  public void reset() {
    links.forEach(Link::reset);
  }

  /** Ends every connection's direction to the client, in order; the other one stays. */
  public void halfClose() {
    links.forEach(Link::halfClose);
  }

  /** Resets the connection that carries so many more bytes to the client, in the midst of them. */
  public void cutAfter(int bytes) {
    cutAfter.set(bytes);
  }

  @Override
  public void close() {
    closed = true;
    weather(new Weather.Clear());
    closeQuietly(listening);
    reset();
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = listening.accept();
        accepted.incrementAndGet();
        Thread.ofVirtual().name("fault-proxy-link").start(() -> connect(client));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void connect(Socket client) {
    Socket server = new Socket();
    Link link = new Link(client, server);
    links.add(link);
    try {
      server.connect(target, CONNECT_MILLIS);
      Thread.ofVirtual().name("fault-proxy-up").start(() -> link.carry(client, server, false));
      link.carry(server, client, true);
    } catch (IOException e) {
      link.reset();
    }
  }

  /** Waits while there is a black hole; the weather then. */
  private synchronized Weather await() throws InterruptedException {
    while (weather instanceof Weather.BlackHole && !closed) {
      wait();
    }
    return weather;
  }

  /** How many of so many bytes arrive before the connection is cut. */
  private int beforeTheCut(int bytes) {
    long left = cutAfter.get();
    if (left < 0) {
      return bytes;
    }
    cutAfter.set(bytes < left ? left - bytes : -1);
    return (int) Math.min(bytes, left);
  }

  /** One connection, both halves of it. */
  private final class Link {
    private final Socket client;
    private final Socket server;

    Link(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    void carry(Socket from, Socket to, boolean toClient) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          int arriving = toClient ? beforeTheCut(n) : n;
          write(out, buffer, arriving);
          if (arriving < n) {
            reset();
            return;
          }
        }
        to.shutdownOutput();
      } catch (IOException e) {
        reset();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void write(OutputStream out, byte[] bytes, int length)
        throws IOException, InterruptedException {
      switch (await()) {
        case Weather.Drip(Duration between) -> {
          for (int i = 0; i < length; i++) {
            TimeUnit.NANOSECONDS.sleep(between.toNanos());
            out.write(bytes[i]);
          }
        }
        case Weather.Latency(Duration delay) -> {
          TimeUnit.NANOSECONDS.sleep(delay.toNanos());
          out.write(bytes, 0, length);
        }
        case Weather.Clear _, Weather.BlackHole _ -> out.write(bytes, 0, length);
      }
    }

    void halfClose() {
      try {
        client.shutdownOutput();
      } catch (IOException e) {
        reset();
      }
    }

    void reset() {
      links.remove(this);
      for (Socket socket : new Socket[] {client, server}) {
        try {
          socket.setSoLinger(true, 0);
        } catch (IOException e) {
          // Closed already.
        }
        closeQuietly(socket);
      }
    }
  }

  private static void closeQuietly(Closeable socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing is left to do.
    }
  }
}
