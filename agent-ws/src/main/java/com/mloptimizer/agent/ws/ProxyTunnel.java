package com.mloptimizer.agent.ws;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A tunnel through an HTTP proxy (RFC 9110, section 9.3.6). */
final class ProxyTunnel {
  private static final int MAX_ANSWER_BYTES = 16 * 1024;
  private static final String END = "\r\n\r\n";

  private ProxyTunnel() {}

  /**
   * Asks the proxy at the other end of the socket for a tunnel; afterwards the socket leads to the
   * host, and no byte of what the host says has been read. Blocks until the socket times out or is
   * closed.
   *
   * @param authorization the value of {@code Proxy-Authorization}, which no exception quotes
   * @throws IOException if the proxy makes no tunnel
   */
  static void open(Socket proxy, String host, int port, Optional<String> authorization)
      throws IOException {
    String target = host + ":" + port;
    String request =
        "CONNECT "
            + target
            + " HTTP/1.1\r\nHost: "
            + target
            + "\r\n"
            + authorization.map(value -> "Proxy-Authorization: " + value + "\r\n").orElse("")
            + "\r\n";
    proxy.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    String head = head(proxy.getInputStream());
    if (!head.matches("(?s)HTTP/1\\.[01] [0-9]{3}[ \r].*")) {
      throw new IOException("the proxy does not answer in HTTP");
    }
    String status = head.substring(9, 12);
    if (status.equals("407")) {
      throw new IOException("the proxy refuses its credentials (407)");
    }
    if (!status.startsWith("2")) {
      throw new IOException("the proxy refuses a tunnel (" + status + ")");
    }
  }

  /** Byte by byte, because the next one is the host's. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < END.length() || head.lastIndexOf(END) != head.length() - END.length()) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the proxy hung up");
      }
      if (head.length() == MAX_ANSWER_BYTES) {
        throw new IOException("the proxy's answer has no end");
      }
      head.append((char) next);
    }
    return head.toString();
  }
}
