package com.mloptimizer.agent.actuator.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.util.List;
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

  @Test
  void isSamePayload_noEnvelopeIsKept_another() {
    for (String kept : List.of("", "null", "[]", "{}", "1", "{\"payload\":")) {
      assertThat(isKept(kept, "Pz8/")).as(kept).isFalse();
    }
  }

  private boolean isSame(String kept, String received) {
    return isKept(ENVELOPE.formatted(kept), received);
  }

  private boolean isKept(String envelope, String received) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.putObject("spec").put("envelope", envelope);
    return format.isSamePayload(object, ReceivedEnvelope.of(ENVELOPE.formatted(received)));
  }
}
