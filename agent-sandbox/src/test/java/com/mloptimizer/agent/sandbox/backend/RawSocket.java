package com.mloptimizer.agent.sandbox.backend;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The JDK's WebSocket client, without anything that the agent adds. */
final class RawSocket implements AutoCloseable {
  private static final long SECONDS = 10;

  private final HttpClient http;
  private final Listener listener;
  private final WebSocket socket;

  private RawSocket(HttpClient http, Listener listener, WebSocket socket) {
    this.http = http;
    this.listener = listener;
    this.socket = socket;
  }

  static RawSocket connect(URI url, String key) {
    HttpClient http = HttpClient.newHttpClient();
    Listener listener = new Listener();
    WebSocket socket =
        http.newWebSocketBuilder()
            .header("Authorization", "Bearer " + key)
            .buildAsync(URI.create(url + "?cluster_id=c&agent_id=a"), listener)
            .orTimeout(SECONDS, TimeUnit.SECONDS)
            .join();
    return new RawSocket(http, listener, socket);
  }

  /** The status with which the upgrade is refused. */
  static int refusal(URI url, String key) {
    try (RawSocket _ = connect(url, key)) {
      throw new AssertionError("connected although it should not");
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refusal) {
        return refusal.getResponse().statusCode();
      }
      throw e;
    }
  }

  void send(String text) {
    socket.sendText(text, true).orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  void ping() {
    socket.sendPing(ByteBuffer.allocate(0)).orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  String next() throws InterruptedException {
    String text = listener.texts.poll(SECONDS, TimeUnit.SECONDS);
    if (text == null) {
      throw new AssertionError("no frame");
    }
    return text;
  }

  void awaitText(String expected) throws InterruptedException {
    while (!next().equals(expected)) {
      // Whatever came before it is not asked for.
    }
  }

  void awaitPong() throws InterruptedException {
    if (listener.pongs.poll(SECONDS, TimeUnit.SECONDS) == null) {
      throw new AssertionError("no pong");
    }
    listener.pongCount++;
  }

  int pongs() {
    return listener.pongCount + listener.pongs.size();
  }

  void awaitEnd() throws InterruptedException {
    if (!listener.ended.await(SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("still connected");
    }
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }

  private static final class Listener implements WebSocket.Listener {
    private final BlockingQueue<String> texts = new LinkedBlockingQueue<>();
    private final BlockingQueue<Integer> pongs = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final StringBuilder text = new StringBuilder();
    private int pongCount;

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        texts.add(text.toString());
        text.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
      pongs.add(1);
      webSocket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
      ended.countDown();
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      ended.countDown();
    }
  }
}
