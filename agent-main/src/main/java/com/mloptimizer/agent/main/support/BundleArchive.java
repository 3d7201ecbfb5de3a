package com.mloptimizer.agent.main.support;

import com.mloptimizer.agent.heartbeat.SupportBundle;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The support bundle: a few text files, each of which has gone through the redaction. */
public final class BundleArchive implements SupportBundle {
  private final Supplier<String> log;
  private final Redaction redaction;
  private final InstantSource clock;
  private final JsonMapper json = new JsonMapper();

  /**
   * A bundle with these lines of log.
   *
   * @param log the last lines, as text
   */
  public BundleArchive(Supplier<String> log, Redaction redaction, InstantSource clock) {
    this.log = log;
    this.redaction = redaction;
    this.clock = clock;
  }

  @Override
  public byte[] zip(byte[] status, byte[] metrics) throws IOException {
    JsonNode tree = json.readTree(status);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      add(zip, "README.txt", content());
      add(zip, "status.txt", new StatusText(tree).toString());
      add(zip, "status.json", tree.toPrettyString());
      add(zip, "metrics.txt", new String(metrics, StandardCharsets.UTF_8));
      add(zip, "log.txt", log.get());
      add(zip, "threads.txt", threads());
    }
    return bytes.toByteArray();
  }

  private String content() {
    return """
    Support bundle of a Kubernetes agent, made at %s. Secrets are masked; names of the cluster's
    objects are not. Look through it before you pass it on.

    status.txt        the status page: components, conditions, actions, permissions, configuration
    status.json       the same, and the last minutes of what the page draws
    metrics.txt       what Prometheus would get
    log.txt           the last lines of the log
    threads.txt       all threads, virtual ones too unless its first line says otherwise
    """
        .formatted(clock.instant());
  }

  private void add(ZipOutputStream zip, String name, String text) throws IOException {
    ZipEntry entry = new ZipEntry("support-bundle/" + name);
    entry.setTime(clock.millis());
    zip.putNextEntry(entry);
    zip.write(redaction.apply(text).getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }

  /**
   * The JVM writes it to a new file only; one without virtual threads is for want of such a one.
   */
  private static String threads() {
    try {
      Path folder = Files.createTempDirectory("support-bundle");
      Path file = folder.resolve("threads.txt");
      try {
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpThreads(file.toAbsolutePath().toString(), ThreadDumpFormat.TEXT_PLAIN);
        return Files.readString(file);
      } finally {
        Files.deleteIfExists(file);
        Files.deleteIfExists(folder);
      }
    } catch (IOException e) {
      StringBuilder text = new StringBuilder("Platform threads only: " + e + "\n");
      Thread.getAllStackTraces()
          .forEach((thread, frames) -> {
            text.append('\n').append(thread).append(' ').append(thread.getState()).append('\n');
            for (StackTraceElement frame : frames) {
              text.append("    ").append(frame).append('\n');
            }
          });
      return text.toString();
    }
  }
}
