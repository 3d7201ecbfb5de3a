package com.mloptimizer.agent.main;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/** Starts the machine's own Chromium without a screen. */
final class Chromium {
  private static final Path PROGRAM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
  private static final Duration SOON = Duration.ofSeconds(45);

  private Chromium() {}

  /**
   * A browser; the test is skipped where there is none. Both programs are named, so that Selenium
   * downloads nothing.
   *
   * @param profile an empty folder
   * @param test who is skipped
   */
  static ChromeDriver start(Path profile, Class<?> test) {
    if (!Files.isExecutable(PROGRAM) || !Files.isExecutable(DRIVER)) {
      String skipped = test.getSimpleName() + " is skipped: needs " + PROGRAM + " and " + DRIVER;
      System.err.println(skipped);
      abort(skipped);
    }
    ChromeOptions options = new ChromeOptions();
    options.setBinary(PROGRAM.toFile());
    options.setCapability("goog:loggingPrefs", Map.of(LogType.BROWSER, "ALL"));
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--window-size=1400,1000",
        "--user-data-dir=" + profile);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(DRIVER.toFile())
            .usingAnyFreePort()
            .withLogFile(new File("/dev/null"))
            .build();
    ChromeDriver driver = new ChromeDriver(service, options);
    driver.manage().timeouts().pageLoadTimeout(SOON);
    driver.manage().timeouts().scriptTimeout(SOON);
    return driver;
  }

  /** The page as tall as it is, in the build's folder. */
  static void photograph(ChromeDriver browser, String name, int width, String scheme)
      throws IOException {
    look(browser, width, scheme);
    Path target = Surroundings.LAUNCHER.getParent().getParent().getParent();
    Files.write(target.resolve(name), browser.getScreenshotAs(OutputType.BYTES));
  }

  /** Makes the window as wide, and as tall as the page then is. */
  static void look(ChromeDriver browser, int width, String scheme) {
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    resize(browser, width, 900);
    Number height = (Number) browser.executeScript("return document.documentElement.scrollHeight");
    resize(browser, width, height.intValue());
  }

  private static void resize(ChromeDriver browser, int width, int height) {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
  }

  /** What the page complained about: a blocked resource, an error of its script. */
  static List<String> complaints(ChromeDriver browser) {
    return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::toString)
        .toList();
  }
}
