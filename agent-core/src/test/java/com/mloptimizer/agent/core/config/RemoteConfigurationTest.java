package com.mloptimizer.agent.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.envelope.EnvelopeSigner;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.AgentFrame;
import com.mloptimizer.agent.core.protocol.AgentFrame.ConfigStatus;
import com.mloptimizer.agent.core.protocol.HeartbeatRequest.ConfigState;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteConfigurationTest {
  private static final SigningKey KEY = SigningKey.of("k", "k".repeat(32));
  private static final TunableSettings LOCAL =
      new TunableSettings(
          Duration.ofMinutes(1), Duration.ofSeconds(10), Duration.ofSeconds(30), 100, "INFO", true);

  private final List<AgentFrame> sent = new ArrayList<>();
  private final List<TunableSettings> changes = new ArrayList<>();
  private final RemoteConfiguration remote =
      new RemoteConfiguration(
          LOCAL, "prod-1", new EnvelopeVerifier(() -> Keyring.of(KEY)), sent::add, changes::add);

  private static ReceivedEnvelope signed(String payload, PayloadType type, SigningKey key) {
    byte[] bytes = payload.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return ReceivedEnvelope.of(new EnvelopeSigner(key).sign(type, bytes));
  }

  private void accept(String payload) {
    remote.accept(signed(payload, PayloadType.CONFIG, KEY));
  }

  private void accept(long version, String config) {
    accept("{'cluster_id':'prod-1','version':%d,'config':%s}".formatted(version, config));
  }

  private ConfigStatus last() {
    return (ConfigStatus) sent.getLast();
  }

  private static TunableSettings batchOf(int size) {
    return new TunableSettings(
        LOCAL.collectionInterval(),
        LOCAL.actionPollInterval(),
        LOCAL.heartbeatInterval(),
        size,
        LOCAL.logLevel(),
        LOCAL.eventCollection());
  }

  @Test
  void fresh_localSettings_areInForce() {
    assertThat(remote.get()).isEqualTo(LOCAL);
    assertThat(remote.state()).isEqualTo(new ConfigState(0, "applied", null));
  }

  @Test
  void accept_everySetting_isApplied() {
    accept(
        7,
        "{'collection_interval_seconds':3600,'action_poll_interval_seconds':1,"
            + "'batch_size':10000,'heartbeat_interval_seconds':5,'log_level':'DEBUG',"
            + "'event_collection':false}");

    assertThat(remote.get())
        .isEqualTo(
            new TunableSettings(
                Duration.ofHours(1),
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                10_000,
                "DEBUG",
                false));
    assertThat(remote.state()).isEqualTo(new ConfigState(7, "applied", null));
    assertThat(sent).containsExactly(new ConfigStatus(7, "applied", null));
    assertThat(changes).containsExactly(remote.get());
  }

  @Test
  void accept_settingLeftOut_isTheLocalOneAgain() {
    accept(1, "{'batch_size':5}");
    assertThat(remote.get()).isEqualTo(batchOf(5));
    accept(2, "{}");
    assertThat(remote.get()).isEqualTo(LOCAL);
  }

  @Test
  void accept_theOneInForceAfterOneThatWasRefused_isAppliedAgain() {
    accept(7, "{'batch_size':5}");
    accept(8, "{'nonsense':1}");
    assertThat(remote.state().status()).isEqualTo("failed");
    accept(6, "{'batch_size':7}");
    assertThat(remote.state().status()).as("an older one says nothing").isEqualTo("failed");

    accept(7, "{'batch_size':5}");

    assertThat(remote.state()).isEqualTo(new ConfigState(7, "applied", null));
    assertThat(remote.get()).isEqualTo(batchOf(5));
  }

  @Test
  void accept_lowerOrEqualVersion_isIgnoredWithTheStatusOfTheCurrent() {
    accept(7, "{'batch_size':5}");
    accept(7, "{'batch_size':6}");
    accept(6, "{'batch_size':7}");
    accept(3, "{'nonsense':1}");

    assertThat(remote.get()).isEqualTo(batchOf(5));
    assertThat(sent).hasSize(4).containsOnly(new ConfigStatus(7, "applied", null));
    assertThat(changes).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'batch_size':5,'unknown':1}",
        "{'batch_size':5,'max_evictions':1}",
        "{'batch_size':0}",
        "{'batch_size':-1}",
        "{'batch_size':10001}",
        "{'batch_size':1.0}",
        "{'batch_size':'5'}",
        "{'batch_size':null}",
        "{'batch_size':5,'collection_interval_seconds':0}",
        "{'batch_size':5,'collection_interval_seconds':3601}",
        "{'batch_size':5,'action_poll_interval_seconds':99999999999999999999}",
        "{'batch_size':5,'heartbeat_interval_seconds':true}",
        "{'batch_size':5,'log_level':'LOUD'}",
        "{'batch_size':5,'log_level':1}",
        "{'batch_size':5,'log_level':null}",
        "{'batch_size':5,'event_collection':'true'}",
        "{'batch_size':5,'event_collection':null}"
      })
  void accept_anythingWrong_isRefusedWhole(String config) {
    accept(1, "{'batch_size':9}");
    accept(2, config);

    assertThat(remote.get()).isEqualTo(batchOf(9));
    assertThat(last().version()).isEqualTo(2);
    assertThat(last().status()).isEqualTo("failed");
    assertThat(last().error()).isNotBlank();
    assertThat(remote.state()).isEqualTo(new ConfigState(1, "failed", last().error()));
    assertThat(changes).hasSize(1);

    accept(2, "{'batch_size':8}");
    assertThat(remote.get()).isEqualTo(batchOf(8));
    assertThat(remote.state()).isEqualTo(new ConfigState(2, "applied", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{'cluster_id':'prod-2','version':2,'config':{}}",
        "{'version':2,'config':{}}",
        "{'cluster_id':'prod-1','config':{}}",
        "{'cluster_id':'prod-1','version':0,'config':{}}",
        "{'cluster_id':'prod-1','version':'2','config':{}}",
        "{'cluster_id':'prod-1','version':2.0,'config':{}}",
        "{'cluster_id':'prod-1','version':9223372036854775808,'config':{}}",
        "{'cluster_id':'prod-1','version':2}",
        "{'cluster_id':'prod-1','version':2,'config':null}",
        "{'cluster_id':'prod-1','version':2,'config':{},'x':1}",
        "{'cluster_id':'prod-1','version':2,'version':3,'config':{}}",
        "{'cluster_id':'prod-1','version':2,'config':{}} x"
      })
  void accept_payloadThatIsNoConfiguration_isRefused(String payload) {
    accept(payload);

    assertThat(remote.get()).isEqualTo(LOCAL);
    assertThat(last().version()).isZero();
    assertThat(last().status()).isEqualTo("failed");
    assertThat(remote.state().status()).isEqualTo("failed");
  }

  @Test
  void accept_notVerified_isRefusedWithoutAWordOfIt() {
    String payload = "{'cluster_id':'prod-1','version':2,'config':{'secret':1}}";
    SigningKey other = SigningKey.of("k", "o".repeat(32));
    for (ReceivedEnvelope envelope :
        List.of(
            signed(payload, PayloadType.CONFIG, other),
            signed(payload, PayloadType.ACTION, KEY),
            ReceivedEnvelope.of("secret"))) {
      remote.accept(envelope);

      assertThat(remote.get()).isEqualTo(LOCAL);
      assertThat(last().version()).isZero();
      assertThat(last().error()).doesNotContain("secret");
    }
  }

  @Test
  void accept_listenerFails_configurationIsAppliedAllTheSame() {
    RemoteConfiguration failing =
        new RemoteConfiguration(
            LOCAL,
            "prod-1",
            new EnvelopeVerifier(() -> Keyring.of(KEY)),
            sent::add,
            _ -> {
              throw new IllegalArgumentException("no such level");
            });
    ReceivedEnvelope envelope =
        signed(
            "{'cluster_id':'prod-1','version':1,'config':{'batch_size':5}}",
            PayloadType.CONFIG,
            KEY);

    assertThatThrownBy(() -> failing.accept(envelope)).hasMessage("no such level");
    assertThat(failing.get()).isEqualTo(batchOf(5));
    assertThat(failing.state()).isEqualTo(new ConfigState(1, "applied", null));
    assertThat(sent).containsExactly(new ConfigStatus(1, "applied", null));
  }

  @Test
  void keepIn_afterARestart_theConfigurationIsInForceAndAnOlderOneIsNot(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("spool").resolve("remote.json");
    remote.keepIn(file);
    accept(7, "{'batch_size':7}");
    accept(6, "{'batch_size':6}");
    accept(8, "{'batch_size':0}");

    RemoteConfiguration next = fresh(KEY);
    next.keepIn(file);
    assertThat(next.get()).isEqualTo(batchOf(7));
    assertThat(next.state()).isEqualTo(new ConfigState(7, "applied", null));
    next.accept(
        signed(
            "{'cluster_id':'prod-1','version':6,'config':{'batch_size':6}}",
            PayloadType.CONFIG,
            KEY));
    assertThat(next.get()).isEqualTo(batchOf(7));

    RemoteConfiguration afterRotation = fresh(SigningKey.of("k2", "n".repeat(32)));
    afterRotation.keepIn(file);
    assertThat(afterRotation.get()).isEqualTo(LOCAL);
    assertThat(afterRotation.state().version()).isZero();

    Files.writeString(file, "half");
    RemoteConfiguration damaged = fresh(KEY);
    damaged.keepIn(file);
    assertThat(damaged.get()).isEqualTo(LOCAL);
  }

  @Test
  void keepIn_diskFails_configurationIsAppliedAllTheSame(@TempDir Path folder) throws IOException {
    Path noFolder = Files.writeString(folder.resolve("file"), "");
    remote.keepIn(noFolder.resolve("remote.json"));
    accept(7, "{'batch_size':7}");
    assertThat(remote.get()).isEqualTo(batchOf(7));
  }

  private RemoteConfiguration fresh(SigningKey key) {
    return new RemoteConfiguration(
        LOCAL, "prod-1", new EnvelopeVerifier(() -> Keyring.of(key)), sent::add, changes::add);
  }
}
