package com.mloptimizer.agent.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import io.prometheus.client.CollectorRegistry;
import org.junit.jupiter.api.Test;

class OwedResultsTest {
  private static final ActionId A = new ActionId("a");
  private static final ActionId B = new ActionId("b");
  private static final ActionId C = new ActionId("c");

  private final CollectorRegistry registry = new CollectorRegistry();
  private final OwedResults owed = new OwedResults(3, new ActuatorMetrics(registry));

  @Test
  void recount_deletedObjects_areOwedNoMore() {
    owed.add(A);
    owed.add(B);
    OwedResults.Recount recount = owed.recount();
    recount.find(B);
    recount.end();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void recount_leftByAnEarlierProcess_areOwed() {
    OwedResults.Recount recount = owed.recount();
    for (int i = 0; i < 10; i++) {
      assertThat(recount.find(new ActionId("old-" + i))).isTrue();
    }
    assertThat(owed.isSwamped()).isFalse();
    recount.end();
    assertThat(owed.isSwamped()).isTrue();
  }

  @Test
  void recount_acknowledgedAndNotMarkedYet_isNeitherOwedNorToBeTold() {
    owed.add(A);
    owed.acknowledged(A);
    OwedResults.Recount recount = owed.recount();
    assertThat(recount.find(A)).isFalse();
    recount.end();
    assertThat(count()).isZero();
    assertThat(owed.add(A)).isFalse();
    assertThat(count()).isZero();
  }

  @Test
  void recount_markFailed_isToBeToldAgain() {
    owed.add(A);
    owed.acknowledged(A);
    owed.marked(A);
    OwedResults.Recount recount = owed.recount();
    assertThat(recount.find(A)).isTrue();
    recount.end();
    assertThat(owed.add(A)).isTrue();
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void recount_changedMeanwhile_isAsThisProcessKnowsIt() {
    owed.add(A);
    OwedResults.Recount recount = owed.recount();
    assertThat(recount.find(A)).as("waits already").isFalse();
    owed.acknowledged(A);
    owed.marked(A);
    owed.add(B);
    owed.acknowledged(C);
    assertThat(recount.find(C)).isFalse();
    recount.end();
    assertThat(count()).as("B ended after it would have been read").isEqualTo(1);
  }

  @Test
  void recount_closed_keepsNothingInMind() {
    OwedResults.Recount recount = owed.recount();
    recount.close();
    owed.add(A);
    owed.acknowledged(A);
    owed.marked(A);
    assertThat(recount.find(A)).as("or it would grow with every action").isTrue();
  }

  @Test
  void acknowledged_whileItComesAgain_isOwedNoMore() {
    assertThat(owed.add(A)).isTrue();
    assertThat(owed.addAgain(ResultReporterTest.entry("a", true))).isFalse();
    owed.acknowledged(A);
    assertThat(owed.addAgain(ResultReporterTest.entry("a", true))).isTrue();
    assertThat(count()).isZero();
  }

  private double count() {
    return registry.getSampleValue("agent_results_unacknowledged");
  }
}
