package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sockets whose end, by a close, a cancelled call or the end of the process, throws away what was
 * not sent yet. Otherwise the kernel goes on delivering it on its own for a minute and more, once
 * the network is back: a write of a leader that is none any more.
 */
final class ResettingSockets extends SocketFactory {

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = new Socket();
    socket.setSoLinger(true, 0);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  private Socket connected(InetSocketAddress there, @Nullable InetSocketAddress here)
      throws IOException {
    Socket socket = createSocket();
    try {
      if (here != null) {
        socket.bind(here);
      }
      socket.connect(there);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
