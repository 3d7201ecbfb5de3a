package com.mloptimizer.agent.sandbox.backend;

import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.java_websocket.WebSocket;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.framing.Framedata;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.ServerHandshakeBuilder;
import org.java_websocket.protocols.Protocol;
import org.java_websocket.server.WebSocketServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** The backend's end of the WebSocket. One agent is connected at a time: the latest. */
final class AgentSocket extends WebSocketServer {
  private static final Logger log = LoggerFactory.getLogger(AgentSocket.class);
  private static final int MAX_FRAME_BYTES = 1024 * 1024;

  private final ProtocolCodec codec = new ProtocolCodec();
  private final Ledger ledger;
  private final Misbehaviour misbehaviour;
  private final ApiKey key;
  private final Consumer<WebSocket> onHello;
  private final CountDownLatch started = new CountDownLatch(1);
  private volatile @Nullable Exception failure;

  // The agent that has said hello.
  private volatile @Nullable WebSocket agent;

  AgentSocket(
      InetSocketAddress address,
      Ledger ledger,
      Misbehaviour misbehaviour,
      ApiKey key,
      Consumer<WebSocket> onHello) {
    super(address, 1, List.of(plainDraft()));
    this.ledger = ledger;
    this.misbehaviour = misbehaviour;
    this.key = key;
    this.onHello = onHello;
    setReuseAddr(true);
    setDaemon(true);
    // The agent pings; this end notices a dead one when TCP does.
    setConnectionLostTimeout(0);
  }

  /** No compression extension. */
  private static Draft plainDraft() {
    return new Draft_6455(List.of(), List.of(new Protocol("")), MAX_FRAME_BYTES);
  }

  /** Waits until the port is bound. */
  void awaitStart(Duration atMost) throws InterruptedException {
    if (!started.await(atMost.toMillis(), TimeUnit.MILLISECONDS) || failure != null) {
      throw new IllegalStateException("the WebSocket server did not start", failure);
    }
  }

  /** From now on this is the agent that frames go to. */
  void adopt(WebSocket connection) {
    agent = connection;
  }

  /** Sends a frame to the agent that has said hello; false if there is none. */
  boolean sendFrame(String frame) {
    WebSocket to = agent;
    if (to == null || !to.isOpen()) {
      return false;
    }
    to.send(frame);
    return true;
  }

  /** Ends the connection without a closing handshake, as a broken network does. */
  void drop() {
    for (WebSocket connection : getConnections()) {
      connection.closeConnection(CloseFrame.ABNORMAL_CLOSE, "dropped");
    }
  }

  @Override
  public ServerHandshakeBuilder onWebsocketHandshakeReceivedAsServer(
      WebSocket connection, Draft draft, ClientHandshake request) throws InvalidDataException {
    var fault = misbehaviour.nextUpgrade();
    if (fault.isPresent()) {
      Duration retryAfter = fault.get().retryAfter();
      refuse(
          connection,
          fault.get().status(),
          retryAfter == null ? "" : "Retry-After: " + retryAfter.toSeconds() + "\r\n");
    }
    if (!key.toAuthorizationHeader().equals(request.getFieldValue("Authorization"))) {
      refuse(connection, 401, "");
    }
    String resource = request.getResourceDescriptor();
    if (!resource.contains("cluster_id=") || !resource.contains("agent_id=")) {
      refuse(connection, 400, "");
    }
    return super.onWebsocketHandshakeReceivedAsServer(connection, draft, request);
  }

  /** The library answers every refusal with 404; whoever writes first has the say. */
  private static void refuse(WebSocket connection, int status, String header)
      throws InvalidDataException {
    String answer =
        "HTTP/1.1 "
            + status
            + " Refused\r\n"
            + header
            + "Content-Length: 0\r\nConnection: close\r\n\r\n";
    ((WebSocketImpl) connection)
        .outQueue.add(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
    throw new InvalidDataException(CloseFrame.POLICY_VALIDATION, "refused");
  }

  @Override
  public void onOpen(WebSocket connection, ClientHandshake handshake) {
    // Nothing is sent before the agent's hello.
  }

  @Override
  public void onMessage(WebSocket connection, String message) {
    AgentFrame frame;
    try {
      frame = codec.decodeAgentFrame(message);
    } catch (JacksonException e) {
      log.warn("Agent sent a frame that cannot be read: {}", e.getOriginalMessage());
      connection.close(CloseFrame.PROTOCOL_ERROR, "unreadable frame");
      return;
    }
    ledger.addFrame(frame);
    if (frame instanceof AgentFrame.Hello) {
      onHello.accept(connection);
    }
  }

  @Override
  public void onWebsocketPing(WebSocket connection, Framedata ping) {
    if (!misbehaviour.ignoresPings()) {
      super.onWebsocketPing(connection, ping);
    }
  }

  @Override
  public void onClose(WebSocket connection, int code, String reason, boolean remote) {
    if (connection.equals(agent)) {
      agent = null;
      ledger.add(new BackendEvent.SocketChanged(false));
    }
  }

  @Override
  public void onError(@Nullable WebSocket connection, Exception error) {
    if (started.getCount() > 0) {
      failure = error;
      started.countDown();
    }
    log.debug("WebSocket connection failed", error);
  }

  @Override
  public void onStart() {
    started.countDown();
  }
}
