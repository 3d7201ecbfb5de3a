package com.mloptimizer.agent.main.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class BundleArchiveTest {
  private static final String STATUS =
      """
      {"state":"degraded","ready":false,"missing":["registered: Bearer an-api-key"],
       "components":{"collector":{"healthy":false,"restarts":2,"error":"line\\nbreak"}},
       "actions":[{"id":"act-1","type":"drain_node","target":"Node/n","outcome":"changed",
         "finished_at":"2026-01-01T00:00:00Z","duration_seconds":1.5,"message":"drained"}],
       "missing_permissions":{"events":["list events"]},
       "settings":[{"name":"API_KEY","value":"***","origin":"environment"}]}
      """;

  @Test
  void zip_any_hasAllFilesWithoutSecrets() throws IOException {
    BundleArchive archive =
        new BundleArchive(
            () -> "a line with an-api-key\n",
            new Redaction(List.of(() -> "an-api-key")),
            InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")));

    Map<String, String> files =
        unzip(archive.zip(utf8(STATUS), utf8("agent_ready 0.0\n# an-api-key\n")));

    assertThat(files)
        .containsOnlyKeys(
            "support-bundle/README.txt",
            "support-bundle/log.txt",
            "support-bundle/metrics.txt",
            "support-bundle/status.json",
            "support-bundle/status.txt",
            "support-bundle/threads.txt");
    assertThat(files.values()).noneMatch(text -> text.contains("an-api-key"));
    assertThat(files.get("support-bundle/log.txt")).isEqualTo("a line with ***\n");
    assertThat(files.get("support-bundle/metrics.txt")).startsWith("agent_ready 0.0\n");
    assertThat(files.get("support-bundle/threads.txt")).contains("zip_any_hasAllFiles");
    assertThat(files.get("support-bundle/status.txt"))
        .contains("missing: registered: Bearer ***")
        .containsPattern("collector +unhealthy +2 +never +line break")
        .containsPattern("act-1 +drain_node +Node/n +changed +1.5 +drained")
        .containsPattern("events +list events")
        .containsPattern("API_KEY +\\*\\*\\* +environment");
  }

  private static Map<String, String> unzip(byte[] zip) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        files.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return files;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
