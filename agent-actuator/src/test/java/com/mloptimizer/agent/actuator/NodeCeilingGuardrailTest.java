package com.mloptimizer.agent.actuator;

import static com.mloptimizer.agent.actuator.RunningActuator.envelope;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionInbox.Source;
import com.mloptimizer.agent.core.action.ActionResult;
import com.mloptimizer.agent.core.action.Outcome;
import com.mloptimizer.agent.core.action.RejectionReason;
import com.mloptimizer.agent.core.config.NodeLimit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code max_unavailable_nodes}, counted over all that runs. */
@Timeout(60)
class NodeCeilingGuardrailTest extends GuardedAgent {
  @Test
  void cordonNode_beyondTheCeiling_isRefusedUntilANodeIsBack() throws Exception {
    nodes = new NodeLimit.Count(1);
    assertThat(carryOut("cordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.CHANGED);
    ActionResult refused = carryOut("cordon_node", nodeName(1));
    assertThat(refused.reason()).isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(refused.message())
        .startsWith("guardrail max_unavailable_nodes: 1 of 3 nodes")
        .contains(node(0));
    assertThat(isUnschedulable(1)).isFalse();
    assertThat(carryOut("cordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.NO_CHANGE);
    assertThat(carryOut("drain_node", nodeName(2)).reason())
        .isEqualTo(RejectionReason.NOT_PERMITTED);
    assertThat(carryOut("label_node", labels(1)).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("uncordon_node", nodeName(0)).outcome()).isEqualTo(Outcome.CHANGED);
    assertThat(carryOut("cordon_node", nodeName(1)).outcome()).isEqualTo(Outcome.CHANGED);
  }

  @Test
  void cordonNode_allAtOnce_leavesTheCeilingAlone() throws Exception {
    nodes = new NodeLimit.Count(1);
    RunningActuator running = agent();
    for (int i = 0; i < 3; i++) {
      running.actuator.submit(envelope("all-" + i, "cordon_node", nodeName(i)), Source.WEBSOCKET);
    }
    int changed = 0;
    for (int i = 0; i < 3; i++) {
      changed += running.result("all-" + i).outcome() == Outcome.CHANGED ? 1 : 0;
    }
    assertThat(changed).isEqualTo(1);
  }

  @Test
  void cordonNode_nodesMayNotBeListed_failsAndNamesWhatIsMissing() throws Exception {
    nodes = new NodeLimit.Count(1);
    RunningActuator running = agent();
    cluster.deny("list", "", "nodes");
    ActionResult result = running.carryOut("act-1", "cordon_node", nodeName(0));
    assertThat(result.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.message()).contains("the guardrails cannot be checked").contains("nodes");
    assertThat(writesTo("/nodes/")).isEmpty();
  }
}
