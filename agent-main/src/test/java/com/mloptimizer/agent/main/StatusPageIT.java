package com.mloptimizer.agent.main;

import static com.mloptimizer.agent.main.Surroundings.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionId;
import com.mloptimizer.agent.core.action.ActionType;
import com.mloptimizer.agent.sandbox.backend.ActionDraft;
import com.mloptimizer.agent.sandbox.cluster.EmbeddedCluster;
import com.mloptimizer.agent.sandbox.demo.AgentProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.ScriptTimeoutException;
import org.openqa.selenium.chrome.ChromeDriver;
import tools.jackson.databind.node.BooleanNode;

/** What an operator sees in ten seconds; the pictures are in {@code target/status-*.png}. */
@Timeout(240)
class StatusPageIT {
  private static final int DESK = 1240;
  private static final int PHONE = 390;

  private static ChromeDriver browser;

  @TempDir private Path directory;

  private Surroundings surroundings;
  private AgentProcess agent;

  @BeforeAll
  static void open(@TempDir Path profile) {
    browser = Chromium.start(profile, StatusPageIT.class);
  }

  @AfterAll
  static void quit() {
    if (browser != null) {
      browser.quit();
    }
  }

  @BeforeEach
  void start() throws Exception {
    surroundings = Surroundings.start(EmbeddedCluster.builder().nodes(4).build(), directory);
  }

  @AfterEach
  void stop() {
    browser.get("about:blank"); // It would go on asking.
    Chromium.complaints(browser);
    surroundings.close();
  }

  @Test
  void page_everythingWorks_saysSoAndListsTheActions() throws Exception {
    visit();
    ActionDraft cordon = ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node(0));
    run(cordon);
    run(ActionDraft.of(ActionType.CORDON_NODE).with("node_name", node(0)));
    run(
        ActionDraft.of(ActionType.DRAIN_NODE)
            .with("node_name", node(1))
            .with("delete_emptydir_data", BooleanNode.TRUE)
            .with("force", BooleanNode.TRUE));
    run(
        ActionDraft.of(ActionType.EVICT_POD)
            .with("namespace", "kube-system")
            .with("pod_name", "x"));
    awaitState("healthy");

    await("actions", "document.querySelectorAll('#actions li').length === 4");
    assertThat(text("headline")).isEqualTo("Healthy: everything works");
    assertThat(text("chips")).contains("ready", "leader");
    assertThat(text("components")).contains("healthy").doesNotContain("unhealthy");
    assertThat(text("actions"))
        .contains("changed", "no change", "Node/" + node(0), "refused", "took");
    assertThat(text("permissions")).contains("Every feature has the permissions");
    assertThat(text("settings"))
        .contains("API_KEY", "***")
        .doesNotContain("an-api-key", "0123456789abcdef");
    assertThat(browser.findElements(By.cssSelector("#problems p"))).isEmpty();
    await("sparklines", "document.querySelectorAll('#components svg path.line').length >= 3");
    assertLegible("healthy");
  }

  @Test
  void page_backendAway_saysWhatIsWrong() throws Exception {
    surroundings.cluster().deny("create", "", "pods/eviction");
    visit();
    awaitState("healthy");
    surroundings.backend().close();

    awaitState("degraded");
    await("the cause", "/heartbeat|register/.test(document.getElementById('problems').innerText)");
    assertThat(text("headline")).startsWith("Degraded: ").endsWith("unhealthy");
    assertThat(text("problems")).contains("permissions", "action:evict_pod");
    assertThat(text("permissions")).contains("action:drain_node lacks", "create pods/eviction");
    assertLegible("degraded");
  }

  @Test
  void page_neverReady_saysSoAndThatNothingEverHappened() throws Exception {
    surroundings.backend().close();
    agent = surroundings.run();
    surroundings.awaitLine(agent, "serves HTTP");

    browser.get(address());

    await("the missing condition", "document.querySelectorAll('#problems p').length > 1");
    assertThat(text("headline")).startsWith("Not ready: ");
    assertThat(text("tiles"))
        .contains("not connected", "never")
        .doesNotContain("standing by", " ago");
    assertThat(text("components")).contains("idle");
    assertLegible("not-ready");
  }

  @Test
  void page_standsBy_saysThatAnotherReplicaLeads() throws Exception {
    AgentProcess leader = surroundings.runAs("ml-agent-7d4b9-x2kqp");
    surroundings.awaitLine(leader, "Leadership acquired");
    agent = surroundings.runAs("ml-agent-7d4b9-zw8fn");
    surroundings.awaitLine(agent, "Standing by as follower");

    browser.get(address());

    awaitState("standby");
    assertThat(text("headline")).isEqualTo("Standing by: another replica leads");
    assertThat(text("chips")).contains("ready", "follower");
    assertThat(text("components")).contains("idle").doesNotContain("unhealthy");
    assertThat(text("actions")).contains("The leader carries out the actions.");
    assertThat(browser.findElements(By.cssSelector("#problems p"))).isEmpty();
    assertLegible("standby");
  }

  @Test
  void page_agentGone_saysThatWhatIsShownIsOld() throws Exception {
    visit();
    awaitState("healthy");

    agent.process().destroyForcibly().waitFor();

    awaitState("lost");
    assertThat(text("headline")).isEqualTo("The agent does not answer");
    assertThat(text("lost")).contains("What is shown is of");
  }

  private void visit() throws Exception {
    agent = surroundings.run();
    surroundings.backend().awaitConnection(SOON);
    boolean serves =
        surroundings.cluster().await(() -> Surroundings.log(agent).contains("serves HTTP"), SOON);
    assertThat(serves).as(() -> Surroundings.log(agent)).isTrue();
    browser.get(address());
  }

  private String address() {
    return "http://localhost:" + agent.httpPort() + "/";
  }

  private void run(ActionDraft draft) throws Exception {
    ActionId id = surroundings.backend().push(draft);
    surroundings.backend().awaitResult(id, SOON);
  }

  private String node(int index) {
    return surroundings
        .cluster()
        .list("v1", "Node", "")
        .get(index)
        .at("/metadata/name")
        .stringValue();
  }

  /** Takes the pictures, and looks at what a picture does not show. */
  private void assertLegible(String state) throws Exception {
    for (String scheme : List.of("light", "dark")) {
      Chromium.photograph(browser, "status-" + state + "-" + scheme + ".png", DESK, scheme);
      assertThat(overflow()).as("nothing beside the page").isZero();
      Chromium.photograph(browser, "status-" + state + "-" + scheme + "-phone.png", PHONE, scheme);
      assertThat(overflow()).as("nothing beside the phone").isZero();
    }
    assertThat(Chromium.complaints(browser)).as("blocked or broken").isEmpty();
    assertThat(
            (List<?>)
                browser.executeScript(
                    "return performance.getEntriesByType('resource').map(e => e.name)"
                        + ".filter(name => !name.startsWith(arguments[0]))",
                    address()))
        .as("asked elsewhere")
        .isEmpty();
    assertThat(browser.manage().getCookies()).isEmpty();
  }

  private static long overflow() {
    Object pixels =
        browser.executeScript(
            "return Math.max(0, document.documentElement.scrollWidth - window.innerWidth)");
    return ((Number) pixels).longValue();
  }

  private static String text(String id) {
    return browser.findElement(By.id(id)).getText();
  }

  private static void awaitState(String state) {
    await(state, "document.body.dataset.state === '%s'".formatted(state));
  }

  /** Looks every 50 ms, in the page. */
  private static void await(String what, String condition) {
    try {
      browser.executeAsyncScript(
          """
          const done = arguments[arguments.length - 1];
          const look = () => { if (%s) done(); else setTimeout(look, 50); };
          look();
          """
              .formatted(condition));
    } catch (ScriptTimeoutException e) {
      throw new AssertionError(
          "the page does not show "
              + what
              + ": "
              + browser.findElement(By.tagName("main")).getText(),
          e);
    }
  }
}
