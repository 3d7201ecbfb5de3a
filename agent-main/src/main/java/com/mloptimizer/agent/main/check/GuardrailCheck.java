package com.mloptimizer.agent.main.check;

import com.mloptimizer.agent.core.config.GuardrailConfiguration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shows the guardrails in force. */
public final class GuardrailCheck {
  private static final String SUBJECT = "guardrails";

  private GuardrailCheck() {}

  /**
   * One finding for each.
   *
   * @param podName the agent's pod, by which it finds its kill switch
   */
  public static List<Finding> findings(
      GuardrailConfiguration guardrails, @Nullable String podName) {
    List<Finding> findings = new ArrayList<>();
    guardrails
        .settings()
        .forEach((name, value) -> findings.add(Finding.ok(SUBJECT, name + ": " + value)));
    findings.add(
        Finding.ok(
            SUBJECT,
            podName == null
                ? "kill switch: none, since POD_NAME is not set"
                : "kill switch: annotation agent.mloptimizer.com/paused on the Deployment of pod "
                    + podName));
    return findings;
  }
}
