package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KubernetesAccessTest {

  @TempDir Path folder;

  @Test
  void open_nothingAround_saysWhatToDo() {
    assertThatThrownBy(() -> KubernetesAccess.from(Map.of(), folder).open("1"))
        .isInstanceOf(KubernetesConfigurationException.class)
        .hasMessageContaining("--kubeconfig or KUBECONFIG");
  }

  @Test
  void open_kubeconfigVariableNamesNothing_saysSo() {
    Map<String, String> environment = Map.of("KUBECONFIG", folder.resolve("none").toString());

    assertThatThrownBy(() -> KubernetesAccess.from(environment, folder).open("1"))
        .isInstanceOf(KubernetesConfigurationException.class)
        .hasMessageContaining("KUBECONFIG names")
        .hasMessageContaining("does not exist");
  }

  @Test
  void open_homeKubeconfig_isTakenOutsideAPod() throws Exception {
    Files.createDirectory(folder.resolve(".kube"));
    write(".kube/config", "c1", "server: 'https://10.0.0.1:6443/'");

    try (KubernetesClient client = KubernetesAccess.from(Map.of(), folder).open("1")) {
      assertThat(client.server()).isEqualTo("https://10.0.0.1:6443");
      assertThat(client.namespace()).isEqualTo("default");
    }
  }

  @Test
  void open_unknownCurrentContext_namesIt() throws Exception {
    Path file = write("config", "other", "server: https://10.0.0.1:6443");

    assertFails(file, "no context 'other'");
  }

  @Test
  void open_serverIsNoUrl_saysSo() throws Exception {
    assertFails(write("config", "c1", "server: 'ftp://x'"), "no http or https URL: ftp://x");
    assertFails(write("config", "c1", "server: 'ht tp'"), "the server is no URL");
    assertFails(write("config", "c1", "nothing: here"), "has no server");
  }

  @Test
  void open_malformedFiles_nameTheFile() throws Exception {
    for (String text : new String[] {"", "- a\n- b\n", "a: [", "current-context: {a: b}", "\0"}) {
      Path file = Files.writeString(folder.resolve("config"), text);
      assertFails(file, file.toString());
    }
  }

  @Test
  void open_badCertificateAuthority_saysSo() throws Exception {
    Path file =
        write("config", "c1", "server: https://10.0.0.1, certificate-authority-data: bm9uc2Vuc2U=");

    assertFails(file, "certificates or credentials");
  }

  @Test
  void open_missingCertificateFile_namesIt() throws Exception {
    Path file = write("config", "c1", "server: https://10.0.0.1, certificate-authority: gone.crt");

    assertFails(file, "gone.crt");
  }

  @Test
  void open_podWithoutToken_saysWhatToSet() {
    Map<String, String> environment = Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1");

    assertThatThrownBy(
            () -> KubernetesAccess.from(environment, folder).withServiceAccount(folder).open("1"))
        .isInstanceOf(KubernetesConfigurationException.class)
        .hasMessageContaining("automountServiceAccountToken");
  }

  private static void assertFails(Path file, String message) {
    assertThatThrownBy(() -> KubernetesAccess.from(Map.of(), file).withKubeconfig(file).open("1"))
        .isInstanceOf(KubernetesConfigurationException.class)
        .hasMessageContaining(message);
  }

  private Path write(String name, String current, String cluster) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        """
        current-context: %s
        contexts: [{name: c1, context: {cluster: k1, user: u1}}]
        clusters: [{name: k1, cluster: {%s}}]
        users: [{name: u1, user: {token: t}}]
        """
            .formatted(current, cluster));
  }
}
