package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.config.RemoteConfiguration;
import com.mloptimizer.agent.core.config.Setting;
import com.mloptimizer.agent.core.config.Setting.Origin;
import com.mloptimizer.agent.core.config.TunableSettings;
import com.mloptimizer.agent.core.config.Variable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The configuration in force: what was set here, and over it what the backend has changed. */
final class EffectiveSettings implements Supplier<List<Setting>> {
  private final List<Setting> local;
  private final TunableSettings localTunables;
  private final RemoteConfiguration remote;

  EffectiveSettings(
      List<Setting> local, TunableSettings localTunables, RemoteConfiguration remote) {
    this.local = List.copyOf(local);
    this.localTunables = localTunables;
    this.remote = remote;
  }

  @Override
  public List<Setting> get() {
    Map<String, String> before = values(localTunables);
    Map<String, String> inForce = values(remote.get());
    List<Setting> settings = new ArrayList<>();
    for (Setting setting : local) {
      String value = inForce.remove(setting.name());
      settings.add(
          value == null || value.equals(before.get(setting.name()))
              ? setting
              : new Setting(setting.name(), value, Origin.REMOTE));
    }
    // What only the backend can set has no variable.
    inForce.forEach((name, value) -> {
      if (!value.equals(before.get(name))) {
        settings.add(new Setting(name, value, Origin.REMOTE));
      }
    });
    return settings;
  }

  private static Map<String, String> values(TunableSettings tunables) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put(Variable.COLLECTION_INTERVAL.name(), seconds(tunables.collectionInterval()));
    values.put(Variable.ACTION_POLL_INTERVAL.name(), seconds(tunables.actionPollInterval()));
    values.put(Variable.HEARTBEAT_INTERVAL.name(), seconds(tunables.heartbeatInterval()));
    values.put(Variable.BATCH_SIZE.name(), Integer.toString(tunables.batchSize()));
    values.put(Variable.LOG_LEVEL.name(), tunables.logLevel());
    values.put("event_collection", Boolean.toString(tunables.eventCollection()));
    return values;
  }

  private static String seconds(Duration interval) {
    return Long.toString(interval.toSeconds());
  }
}
