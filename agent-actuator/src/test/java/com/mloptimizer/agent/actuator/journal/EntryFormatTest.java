package com.mloptimizer.agent.actuator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class EntryFormatTest {
  private static final String ENVELOPE =
      "{\"payloadType\": \"t\", \"payload\": \"%s\", \"signatures\": []}";

  private final EntryFormat format = new EntryFormat();

  @Test
  void isSamePayload_otherAlphabet_same() {
    assertThat(isSame("Pz8/fn5+", "Pz8_fn5-")).isTrue();
    assertThat(isSame("Pz8_fn5-", "Pz8/fn5+")).isTrue();
  }

  @Test
  void isSamePayload_otherBytes_another() {
    assertThat(isSame("Pz8/", "Pz8+")).isFalse();
    assertThat(isSame("Pz8/", "Pz8-")).isFalse();
  }

  private boolean isSame(String kept, String received) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.putObject("spec").put("envelope", ENVELOPE.formatted(kept));
    return format.isSamePayload(object, ReceivedEnvelope.of(ENVELOPE.formatted(received)));
  }
}
