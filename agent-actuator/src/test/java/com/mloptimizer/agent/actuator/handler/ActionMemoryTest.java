package com.mloptimizer.agent.actuator.handler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ActionMemoryTest {
  private static final long SECOND = 1_000_000_000L;

  private final JsonMapper json = new JsonMapper();
  private final List<String> saved = new ArrayList<>();
  private long now;
  private boolean broken;
  private final ActionMemory memory =
      new ActionMemory(json.createObjectNode(), this::store, () -> now);

  @Test
  void saveIfDue_manyWithinASecond_isOneWriteNowAndOneLater() {
    for (int i = 0; i < 200; i++) {
      remember("pod-" + i);
      memory.saveIfDue();
    }
    assertThat(saved).containsExactly("{\"pods\":{\"pod-0\":{\"gone\":true}}}");
    now += SECOND;
    memory.saveIfDue();
    memory.saveIfDue();
    assertThat(saved).hasSize(2);
    assertThat(saved.getLast()).contains("pod-1\"", "pod-199").doesNotContain("pod-0\"");
  }

  @Test
  void save_nothingNew_writesNothing() {
    memory.save();
    remember("pod");
    memory.save();
    memory.save();
    assertThat(saved).hasSize(1);
  }

  @Test
  void save_thatFailed_isMadeUpForByTheNextAndTheNewerWins() {
    broken = true;
    memory.remember((ObjectNode) json.readTree("{\"pods\":{\"a\":{\"gone\":false}},\"x\":1}"));
    memory.save();
    broken = false;
    remember("a");
    memory.save();
    assertThat(saved).containsExactly("{\"pods\":{\"a\":{\"gone\":true}},\"x\":1}");
  }

  private void remember(String pod) {
    ObjectNode patch = json.createObjectNode();
    patch.putObject("pods").putObject(pod).put("gone", true);
    memory.remember(patch);
  }

  private void store(ObjectNode patch) throws IOException {
    if (broken) {
      throw new IOException("away");
    }
    saved.add(patch.toString());
  }
}
