package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.sandbox.demo.Demo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.ScriptTimeoutException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;

/** What a newcomer does first: looks at the demo's console, and cordons a node. */
@Timeout(180)
class ConsoleIT {
  private static final Duration SOON = Duration.ofSeconds(45);

  /** How long a person waits for what was clicked; a busy machine included. */
  private static final Duration AT_ONCE = Duration.ofSeconds(5);

  private static Demo demo;
  private static ChromeDriver browser;

  @BeforeAll
  static void start(@TempDir Path profile) throws Exception {
    browser = Chromium.start(profile, ConsoleIT.class);
    demo = Demo.start("--agent=" + Surroundings.LAUNCHER);
  }

  @AfterEach
  void photograph() throws IOException {
    Path target = Surroundings.LAUNCHER.getParent().getParent().getParent();
    Files.write(target.resolve("console.png"), browser.getScreenshotAs(OutputType.BYTES));
  }

  @AfterAll
  static void stop() {
    try {
      if (browser != null) {
        browser.quit();
      }
    } finally {
      if (demo != null) {
        demo.close();
      }
    }
  }

  @Test
  void page_cordonClicked_nodeIsShownCordonedAndTheActionSucceeded() {
    browser.get(demo.consoleUrl());

    await("nodes", "document.querySelectorAll('#nodes article.node').length >= 8", SOON);
    await("pods", "document.querySelectorAll('#nodes button.pod').length >= 30", SOON);
    await("the agent", "document.getElementById('agent').dataset.connected === 'true'", SOON);
    await("metrics", "document.querySelector('#plot rect') !== null", SOON);

    WebElement card = browser.findElement(By.cssSelector("#nodes article.node"));
    String node = card.getDomAttribute("data-node");
    String cardSelector = "article[data-node=\"" + node + "\"]";
    card.findElement(By.cssSelector("button")).click();
    browser.findElement(By.cssSelector("#panel [data-choose=cordon_node]")).click();
    browser.findElement(By.cssSelector("form[data-form=cordon_node] button.send")).click();

    await(
        "the card of " + node + " cordoned",
        "document.querySelector('%s').classList.contains('cordoned')".formatted(cardSelector),
        AT_ONCE);
    await(
        "the action's end",
        "document.querySelector('#actions .action[data-phase=succeeded]') !== null",
        AT_ONCE);
    assertThat(browser.findElement(By.id("actions")).getText())
        .containsIgnoringCase("cordon")
        .contains(node);
    assertThat(browser.findElement(By.id("panel")).isDisplayed()).as("the dialog closed").isFalse();
    assertThat(browser.findElement(By.id("cluster-problem")).isDisplayed()).isFalse();
  }

  /** Waits inside the page until a condition holds there. */
  private static void await(String what, String condition, Duration atMost) {
    browser.manage().timeouts().scriptTimeout(atMost);
    try {
      browser.executeAsyncScript(
          """
          const done = arguments[arguments.length - 1];
          const look = () => (%s) ? done() : setTimeout(look, 50);
          look();
          """
              .formatted(condition));
    } catch (ScriptTimeoutException e) {
      throw new AssertionError(
          "no "
              + what
              + " within "
              + atMost
              + "; the agent's log:\n"
              + Surroundings.log(demo.agent()),
          e);
    }
  }
}
