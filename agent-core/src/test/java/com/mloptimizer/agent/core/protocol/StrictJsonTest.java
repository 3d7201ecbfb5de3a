package com.mloptimizer.agent.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

class StrictJsonTest {
  private final StrictJson json = new StrictJson();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "\"x\"",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":1}",
        "{\"x\":[{\"a\":1,\"a\":2}]}",
        "{} {}",
        "{}]",
        "{},",
        "{}\0",
        "\ufeff{}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":\"\n\"}",
        "{/**/}",
        "{\"a\":\"\\ud800\"}",
        "{\"\\udc00\":1}",
        "{\"a\":123456789012345678901234567890123}"
      })
  void readObject_notStrict_isRefused(String text) {
    assertThatThrownBy(() -> json.readObject(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(JacksonException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", " {\"a\" : null}\n", "{\"a\":\"\\ud834\\udd1e\"}"})
  void readObject_strict_isRead(String text) {
    assertThat(json.readObject(text.getBytes(StandardCharsets.UTF_8)).isObject()).isTrue();
  }

  @Test
  void readObject_otherEncodingsOrBrokenUtf8_areRefused() {
    byte[] overlongSlash = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};
    byte[] surrogate = {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}'};
    byte[] latin = "{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1);
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16BE);
    byte[] utf32 = "{}".getBytes(StandardCharsets.UTF_32LE);
    for (byte[] bytes : new byte[][] {overlongSlash, surrogate, latin, utf16, utf32}) {
      assertThatThrownBy(() -> json.readObject(bytes)).isInstanceOf(JacksonException.class);
    }
  }

  @Test
  void readObject_sixteenLevels_areTheLimit() {
    String sixteen = "{\"a\":".repeat(15) + "{}" + "}".repeat(15);
    String seventeen = "{\"a\":" + sixteen + "}";

    assertThat(json.readObject(sixteen.getBytes(StandardCharsets.UTF_8)).isObject()).isTrue();
    assertThatThrownBy(() -> json.readObject(seventeen.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(JacksonException.class);
  }

  @Test
  void excerpt_ofAnything_isShortPrintableAscii() {
    assertThat(StrictJson.excerpt("x".repeat(100))).isEqualTo("x".repeat(64));
    assertThat(StrictJson.excerpt("a\r\n\u0000\u007f\u2028é𝄞")).isEqualTo("a????????");
  }
}
