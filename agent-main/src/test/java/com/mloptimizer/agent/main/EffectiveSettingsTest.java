package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.config.RemoteConfiguration;
import com.mloptimizer.agent.core.config.Setting;
import com.mloptimizer.agent.core.config.Setting.Origin;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.envelope.EnvelopeSigner;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class EffectiveSettingsTest {
  private static final SigningKey KEY = SigningKey.of("k", "0123456789abcdef0123456789abcdef");

  @Test
  void get_remoteConfiguration_liesOverTheLocalOne() {
    TunableSettings local =
        new TunableSettings(
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            100,
            "INFO",
            true);
    RemoteConfiguration remote =
        new RemoteConfiguration(
            local, "c", new EnvelopeVerifier(() -> Keyring.of(KEY)), _ -> {}, _ -> {});
    EffectiveSettings settings =
        new EffectiveSettings(
            List.of(
                new Setting("BATCH_SIZE", "100", Origin.DEFAULT),
                new Setting("LOG_LEVEL", "info", Origin.FLAG),
                new Setting("CLUSTER_ID", "c", Origin.FILE)),
            local,
            remote);
    assertThat(settings.get())
        .containsExactly(
            new Setting("BATCH_SIZE", "100", Origin.DEFAULT),
            new Setting("LOG_LEVEL", "info", Origin.FLAG),
            new Setting("CLUSTER_ID", "c", Origin.FILE));

    String payload =
        "{\"cluster_id\":\"c\",\"version\":3,"
            + "\"config\":{\"batch_size\":50,\"event_collection\":false}}";
    remote.accept(
        ReceivedEnvelope.of(
            new EnvelopeSigner(KEY)
                .sign(PayloadType.CONFIG, payload.getBytes(StandardCharsets.UTF_8))));

    assertThat(settings.get())
        .containsExactly(
            new Setting("BATCH_SIZE", "50", Origin.REMOTE),
            new Setting("LOG_LEVEL", "info", Origin.FLAG),
            new Setting("CLUSTER_ID", "c", Origin.FILE),
            new Setting("event_collection", "false", Origin.REMOTE));
  }
}
