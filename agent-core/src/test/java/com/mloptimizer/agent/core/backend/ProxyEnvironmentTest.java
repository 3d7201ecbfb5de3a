package com.mloptimizer.agent.core.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Base64;
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
              "NO_PROXY",
                  ".svc, example.org,10.0.0.1,10.96.0.0/12,[fd00::1],fd01::/16,*.wild.io,"
                      + "ported.io:8443,192.0.2.7:81,256.0.0.0/8,10.1.0.0/99,,:"));

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
    "https://svc/, secure:3128",
    "http://10.0.0.2/, plain:80",
    "https://10.96.0.1/, direct",
    "https://10.111.255.255/, direct",
    "https://10.112.0.0/, secure:3128",
    "https://[fd00::1]/, direct",
    "https://[fd00:0::1]/, direct",
    "https://[fd01:2::3]:444/, direct",
    "https://[fd02::3]/, secure:3128",
    "https://x.wild.io/, direct",
    "https://wild.io/, secure:3128",
    "https://ported.io:8443/, direct",
    "wss://a.ported.io:8443/, direct",
    "https://ported.io/, secure:3128",
    "http://192.0.2.7:81/, direct",
    "http://192.0.2.7/, plain:80",
    "https://EXAMPLE.org./, direct",
    "http://localhost:80/, direct",
    "http://127.1.2.3:80/, direct",
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
  @ValueSource(
      strings = {
        "socks5://user:secret@p:1",
        "https://user:secret@p:1",
        "http://user:secret@",
        "http://user:sec ret@p:1",
        "user:%secret@p",
        "h ttp://secret"
      })
  void of_notAProxy_namesTheVariableOnly(String value) {
    assertThatThrownBy(() -> ProxyEnvironment.of(Map.of("HTTPS_PROXY", value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasNoCause()
        .hasMessageContaining("HTTPS_PROXY")
        .hasMessageNotContaining("sec");
  }

  @ParameterizedTest
  @CsvSource({
    "user:pass, user:pass",
    "user, user:",
    "a%40b:p%3Aq+%2Fr, a@b:p:q+/r",
    "us%C3%A9r:x, usér:x",
  })
  void authorizationFor_passwordInTheUrl_isBasicAndNeverShown(String userInfo, String expected) {
    ProxyEnvironment proxies =
        ProxyEnvironment.of(Map.of("HTTPS_PROXY", "http://" + userInfo + "@p:3128"));

    assertThat(proxies.authorizationFor(URI.create("wss://backend.io")))
        .contains("Basic " + Base64.getEncoder().encodeToString(expected.getBytes(UTF_8)));
    assertThat(proxies.authorizationFor(URI.create("http://backend.io"))).isEmpty();
    assertThat(proxies.toString()).contains("with a password").doesNotContain(userInfo);
  }
}
