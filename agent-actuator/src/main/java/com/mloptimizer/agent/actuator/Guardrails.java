package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.actuator.guardrail.ForbiddenReadException;
import com.mloptimizer.agent.actuator.guardrail.Gatekeeper;
import com.mloptimizer.agent.actuator.guardrail.Ruling;
import com.mloptimizer.agent.actuator.guardrail.Violation;
import com.mloptimizer.agent.actuator.handler.ActionContext;
import com.mloptimizer.agent.actuator.handler.ActionEndedException;
import com.mloptimizer.agent.actuator.handler.Conclusion;
import com.mloptimizer.agent.actuator.handler.SuspendedException;
import com.mloptimizer.agent.core.action.Action;
import com.mloptimizer.agent.core.action.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Lets an action begin, makes it wait for its turn, or refuses it; nothing that the backend sends
 * can change that.
 */
final class Guardrails {
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Gatekeeper gatekeeper;
  private final Dispatcher dispatcher;
  private final ActuatorMetrics metrics;

  Guardrails(Gatekeeper gatekeeper, Dispatcher dispatcher, ActuatorMetrics metrics) {
    this.gatekeeper = gatekeeper;
    this.dispatcher = dispatcher;
    this.metrics = metrics;
  }

  /**
   * Decides about an action that is about to run, and waits where a rule makes it wait.
   *
   * @return what holds the action while it runs; to be closed when it has ended
   * @throws ActionEndedException if its turn did not come before its deadline
   * @throws SuspendedException if the agent stops first
   */
  GuardrailDecision admit(Job job, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    try {
      return context.dryRun() ? plan(job.action(), context) : apply(job, context);
    } catch (ForbiddenReadException e) {
      return GuardrailDecision.ended(
          Conclusion.of(Outcome.FAILED, "the guardrails cannot be checked: " + e.getMessage()));
    }
  }

  private GuardrailDecision apply(Job job, ActionContext context)
      throws ForbiddenReadException,
          ActionEndedException,
          SuspendedException,
          InterruptedException {
    String told = "";
    try (Gatekeeper.Application application =
        gatekeeper.apply(job.action(), job.hasBegun(), () -> dispatcher.tryUnpark(job))) {
      while (true) {
        switch (answered(application::ask, context)) {
          case Ruling.Permitted(var permit) -> {
            return GuardrailDecision.permitted(permit);
          }
          case Ruling.Refused(Violation violation) -> {
            return GuardrailDecision.ended(refused(violation));
          }
          case Ruling.Wait(Duration time, String waitingFor, boolean inLine) -> {
            if (!waitingFor.equals(told)) {
              context.progress("waiting for " + waitingFor);
              told = waitingFor;
            }
            if (inLine) {
              dispatcher.park(job);
            }
            context.pause(time, waitingFor);
          }
        }
      }
    }
  }

  /**
   * Asks once more whether an action may begin that was permitted a while ago.
   *
   * @return how it is to end instead; empty if it may begin
   * @throws ActionEndedException if the deadline comes before there is an answer
   * @throws SuspendedException if the agent stops first
   */
  Optional<Conclusion> refusingNow(Action action, ActionContext context)
      throws ActionEndedException, SuspendedException, InterruptedException {
    while (true) {
      switch (gatekeeper.notNow(action).orElse(null)) {
        case Ruling.Wait(Duration time, String waitingFor, _) -> context.pause(time, waitingFor);
        case Ruling.Refused(Violation violation) -> {
          return Optional.of(refused(violation));
        }
        case null, default -> {
          return Optional.empty();
        }
      }
    }
  }

  private Conclusion refused(Violation violation) {
    metrics.refused(violation.rule());
    return GuardrailDecision.refusal(violation.toString());
  }

  private GuardrailDecision plan(Action action, ActionContext context)
      throws ForbiddenReadException,
          ActionEndedException,
          SuspendedException,
          InterruptedException {
    Gatekeeper.Forecast forecast = answered(() -> gatekeeper.forecast(action), context);
    return forecast
        .always()
        .map(violation -> GuardrailDecision.refused(violation.toString()))
        .orElseGet(() -> GuardrailDecision.planning(gatekeeper.planningPermit(), forecast.now()));
  }

  /** A question that takes an answer of the API server. */
  private interface Question<T> {
    T ask() throws IOException;
  }

  /** Asks until there is an answer: what cannot be read neither permits nor forbids. */
  private static <T> T answered(Question<T> question, ActionContext context)
      throws ForbiddenReadException,
          ActionEndedException,
          SuspendedException,
          InterruptedException {
    while (true) {
      try {
        return question.ask();
      } catch (ForbiddenReadException e) {
        throw e;
      } catch (IOException e) {
        context.pause(RETRY, "the API server (" + e.getMessage() + ")");
      }
    }
  }
}
