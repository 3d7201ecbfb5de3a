package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.StrictJson;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.client.WebSocketClient;
import org.java_websocket.exceptions.WebsocketNotConnectedException;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.ServerHandshake;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket from its first packet to its last; never used again. The library's two threads end
 * with it, because {@link #abort} closes the TCP socket that they read from and write to. All
 * methods are for the session's thread.
 */
final class Connection implements BoundedDraft.Listener {
  /** Frames that the library may hold unwritten: its queue has no bound of its own. */
  private static final int MAX_UNWRITTEN = 32;

  private static final int MAX_ERROR_CHARS = 200;

  private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(1);

  private static final long FLUSH_ROUND_NANOS = Duration.ofMillis(1).toNanos();

  private static final long STOP_ROUND_MILLIS = 100;

  private final Dialer dialer;
  private final InboundQueue inbound;
  private final Doorbell doorbell;
  private final Ticker ticker;
  private final Client client;
  private final CountDownLatch opened = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread reader;

  private volatile long heardNanos;
  private volatile @Nullable UpgradeRefusal refusal;
  private volatile @Nullable String firstError;
  private volatile String end = "ended";

  private @Nullable ByteBuffer oldestUnwritten;
  private long oldestSinceNanos;

  Connection(
      WebSocketSettings settings,
      Introduction introduction,
      Dialer dialer,
      InboundQueue inbound,
      Doorbell doorbell,
      Ticker ticker) {
    this.dialer = dialer;
    this.inbound = inbound;
    this.doorbell = doorbell;
    this.ticker = ticker;
    this.heardNanos = ticker.nanos();
    this.client =
        new Client(
            settings,
            introduction,
            new BoundedDraft(settings.maxMessageBytes(), settings.maxFragments(), this));
    this.reader =
        Thread.ofPlatform().daemon().name("websocket-reader").unstarted(this::readUntilTheEnd);
  }

  /**
   * Connects.
   *
   * @return whether the upgrade succeeded in time, and before the agent was to stop
   */
  boolean open(Duration timeout, StopSignal stop) throws InterruptedException {
    client.setSocketFactory(dialer);
    reader.start();
    long begin = ticker.nanos();
    while (!opened.await(STOP_ROUND_MILLIS, TimeUnit.MILLISECONDS)) {
      if (stop.isRequested()) {
        end = "given up";
        return false;
      }
      if (ticker.nanos() - begin >= timeout.toNanos()) {
        end = "no handshake within " + timeout.toSeconds() + " s";
        return false;
      }
    }
    return client.isOpen();
  }

  /** Sends a text; false if the connection has ended meanwhile. */
  boolean send(String text) {
    try {
      client.send(text);
      return true;
    } catch (WebsocketNotConnectedException e) {
      return false;
    }
  }

  /** Sends a protocol ping, unless the connection has ended. */
  void ping() {
    try {
      client.sendPing();
    } catch (WebsocketNotConnectedException e) {
      // The session sees the end on its next round.
    }
  }

  /** Whether the peer reads fast enough for another frame. */
  boolean hasRoom() {
    return unwritten().size() < MAX_UNWRITTEN;
  }

  /** For how long the oldest unwritten frame has been the oldest. */
  @SuppressWarnings("ReferenceEquality") // Two frames with the same bytes are two frames.
  Duration writeStalled() {
    ByteBuffer oldest = unwritten().peek();
    long now = ticker.nanos();
    if (oldest == null || oldest != oldestUnwritten) {
      oldestUnwritten = oldest;
      oldestSinceNanos = now;
    }
    return Duration.ofNanos(now - oldestSinceNanos);
  }

  /** For how long nothing came in. */
  Duration silence() {
    return Duration.ofNanos(ticker.nanos() - heardNanos);
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /** Why it ended or never began; for a log line. */
  String end() {
    UpgradeRefusal answer = refusal;
    return answer == null ? end : "the upgrade was answered with HTTP " + answer.status();
  }

  /** The answer to the upgrade, if it was a refusal. */
  Optional<UpgradeRefusal> refusal() {
    return Optional.ofNullable(refusal);
  }

  /** Closes with a code, gives the peer its time to answer, and ends the connection anyway. */
  void close(int code, String reason, Duration atMost) throws InterruptedException {
    try {
      client.close(code, reason);
      boolean answered = ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
      end = answered ? "closed" : "closed, without an answer";
    } finally {
      abort();
    }
  }

  /** Ends the connection at once, and its threads with it. */
  void abort() {
    dialer.abort();
  }

  @Override
  public void heard() {
    heardNanos = ticker.nanos();
  }

  @Override
  public void refused(UpgradeRefusal answer) {
    refusal = answer;
  }

  private BlockingQueue<ByteBuffer> unwritten() {
    return ((WebSocketImpl) client.getConnection()).outQueue;
  }

  /** The reading thread; an error in it, OutOfMemoryError for one, is the connection's end too. */
  private void readUntilTheEnd() {
    try {
      client.run();
      // The library's writer still flushes, the close frame for one, and closes the socket then.
      dialer.awaitClosed(FLUSH_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      dialer.abort();
      ended.countDown();
      opened.countDown();
      doorbell.ring();
    }
  }

  /** Fit for a log line: the library's messages quote what the peer said. */
  private static String line(String message) {
    String start = message.substring(0, Math.min(message.length(), MAX_ERROR_CHARS));
    return start.replaceAll("[^ -~]", "?");
  }

  /** What the library calls, most of it on the reading thread. */
  private final class Client extends WebSocketClient {

    Client(WebSocketSettings settings, Introduction introduction, BoundedDraft draft) {
      super(settings.endpoint(introduction.identity()), draft, Map.copyOf(introduction.headers()));
      // The session pings and watches itself; the library's watch has a thread of its own.
      setConnectionLostTimeout(0);
      setDaemon(true);
    }

    @Override
    public void onOpen(ServerHandshake handshake) {
      heard();
      opened.countDown();
    }

    @Override
    public void onMessage(String text) {
      inbound.offer(new InboundQueue.Message.Text(text));
    }

    @Override
    public void onMessage(ByteBuffer bytes) {
      inbound.offer(new InboundQueue.Message.Binary());
    }

    /** A peer that pings without reading would fill the queue of pongs. */
    @Override
    public void onWebsocketPing(WebSocket webSocket, Framedata ping) {
      if (hasRoom()) {
        super.onWebsocketPing(webSocket, ping);
      }
    }

    /** The library's writer drops what it has not begun to write once the connection closes. */
    @Override
    public void onClosing(int code, String reason, boolean remote) {
      long begin = ticker.nanos();
      while (!unwritten().isEmpty() && ticker.nanos() - begin < FLUSH_TIMEOUT.toNanos()) {
        LockSupport.parkNanos(FLUSH_ROUND_NANOS);
      }
    }

    @Override
    public void onClose(int code, String reason, boolean remote) {
      String error = firstError;
      if (error != null) {
        end = error;
      } else if (remote) {
        end = "the backend closed with " + code + " " + StrictJson.excerpt(reason);
      } else {
        end = line("closed with " + code + " " + reason);
      }
    }

    @Override
    public void onError(Exception error) {
      if (firstError == null) {
        firstError = line(error.getMessage() == null ? error.toString() : error.getMessage());
      }
    }
  }
}
