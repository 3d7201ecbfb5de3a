package com.mloptimizer.agent.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyEnvironmentTest {
  private static final ProxyEnvironment PROXIES =
      ProxyEnvironment.of(
          Map.of(
              "HTTPS_PROXY", "http://secure:3128",
              "http_proxy", "plain",
              "NO_PROXY", ".svc, example.org,10.0.0.1"));

  @ParameterizedTest
  @CsvSource({
    "https://backend.io/x, secure:3128",
    "wss://backend.io/x, secure:3128",
    "http://backend.io/x, plain:80",
    "ws://notexample.org/x, plain:80",
    "https://example.org/, direct",
    "https://a.example.org/, direct",
    "https://metrics.ns.svc/, direct",
    "http://10.0.0.1/, direct",
    "http://localhost:80/, direct",
    "http://127.0.0.1:80/, direct",
    "http://[::1]:80/, direct",
  })
  void proxyFor_uri_followsTheEnvironment(URI uri, String expected) {
    Proxy proxy = PROXIES.proxyFor(uri);
    assertThat(
            proxy.address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : "direct")
        .isEqualTo(expected);
  }

  @Test
  void proxyFor_star_goesDirectly() {
    ProxyEnvironment proxies =
        ProxyEnvironment.of(Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", "*"));
    assertThat(proxies.proxyFor(URI.create("https://backend.io"))).isEqualTo(Proxy.NO_PROXY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://user:secret@p:1", "socks5://p:1", "http://", "h ttp"})
  void of_notAProxy_namesTheVariableOnly(String value) {
    assertThatThrownBy(() -> ProxyEnvironment.of(Map.of("HTTPS_PROXY", value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("HTTPS_PROXY")
        .hasMessageNotContaining("secret");
  }
}
