package com.mloptimizer.agent.core.tls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mloptimizer.agent.core.reload.ReloadMetrics;
import com.mloptimizer.agent.core.reload.Reloaded;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsFilesTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final CollectorRegistry registry = new CollectorRegistry();

  @TempDir private Path folder;

  private Supplier<TlsContext> open(TlsSettings settings)
      throws IOException, GeneralSecurityException {
    return TlsFiles.open(settings, nanos::get, new ReloadMetrics(registry));
  }

  private void pass() {
    nanos.addAndGet(Reloaded.INTERVAL.toNanos());
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static HeldCertificate certificate(String name) {
    return new HeldCertificate.Builder().commonName(name).build();
  }

  private double failures() {
    return registry.getSampleValue(
        "agent_reload_failures_total", new String[] {"source"}, new String[] {"tls_files"});
  }

  @Test
  void open_caBundle_isTrustedBesidesTheSystemsAuthorities() throws Exception {
    HeldCertificate one = certificate("one");
    HeldCertificate two = certificate("two");
    Path bundle =
        write("ca", "# ours\n" + one.certificatePem() + "\nand\n" + two.certificatePem() + "\n");

    var trusted =
        open(new TlsSettings(bundle, null, null)).get().trustManager().getAcceptedIssuers();

    assertThat(trusted)
        .contains(one.certificate(), two.certificate())
        .contains(TlsContext.system().trustManager().getAcceptedIssuers());
    assertThat(TlsContext.system().trustManager().getAcceptedIssuers()).isNotEmpty();
  }

  @Test
  void get_unchangedFiles_isTheSameContext() throws Exception {
    Path bundle = write("ca", certificate("one").certificatePem());
    var tls = open(new TlsSettings(bundle, null, null));
    TlsContext first = tls.get();
    pass();
    assertThat(tls.get()).isSameAs(first);
    write("ca", certificate("two").certificatePem());
    assertThat(tls.get()).as("not before the interval").isSameAs(first);
    pass();
    assertThat(tls.get()).isNotSameAs(first);
  }

  @Test
  void get_halfWrittenBundle_keepsTheOldAndCountsEachFailure() throws Exception {
    HeldCertificate one = certificate("one");
    HeldCertificate two = certificate("two");
    Path bundle = write("ca", one.certificatePem());
    var tls = open(new TlsSettings(bundle, null, null));
    assertThat(failures()).isZero();
    TlsContext first = tls.get();

    String pem = one.certificatePem() + two.certificatePem();
    for (int length : new int[] {0, 10, 100, pem.length() - 20, pem.length() - 2}) {
      write("ca", pem.substring(0, length));
      pass();
      assertThat(tls.get()).as("%d characters", length).isSameAs(first);
    }
    assertThat(failures()).isEqualTo(5);

    write("ca", pem);
    pass();
    assertThat(tls.get().trustManager().getAcceptedIssuers()).contains(two.certificate());
    assertThat(failures()).isEqualTo(5);
  }

  @Test
  void get_mountSwappedByKubernetes_isReadFromTheNewFolder() throws Exception {
    HeldCertificate one = certificate("one");
    HeldCertificate two = certificate("two");
    mount("1", one);
    for (String file : new String[] {"tls.crt", "tls.key"}) {
      Files.createSymbolicLink(folder.resolve(file), Path.of("..data", file));
    }
    var tls = open(new TlsSettings(null, folder.resolve("tls.crt"), folder.resolve("tls.key")));
    assertThat(tls.get()).asString().contains("CN=one");

    mount("2", two);
    pass();

    assertThat(tls.get()).asString().contains("CN=two");
  }

  /** As Kubernetes' AtomicWriter does it: a new folder, then one rename of the link to it. */
  private void mount(String version, HeldCertificate certificate) throws IOException {
    Path data = Files.createDirectory(folder.resolve("..2026_" + version));
    Files.writeString(data.resolve("tls.crt"), certificate.certificatePem());
    Files.writeString(data.resolve("tls.key"), certificate.privateKeyPkcs8Pem());
    Path swap = Files.createSymbolicLink(folder.resolve("..data_tmp"), data.getFileName());
    Files.move(swap, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void get_certificateReplacedBeforeItsKey_keepsThePair() throws Exception {
    HeldCertificate one = certificate("one");
    HeldCertificate two = certificate("two");
    Path crt = write("tls.crt", one.certificatePem());
    Path key = write("tls.key", one.privateKeyPkcs8Pem());
    var tls = open(new TlsSettings(null, crt, key));

    write("tls.crt", two.certificatePem());
    pass();
    assertThat(tls.get()).asString().contains("CN=one");
    assertThat(failures()).isEqualTo(1);

    write("tls.key", two.privateKeyPkcs8Pem());
    pass();
    assertThat(tls.get()).asString().contains("CN=two");
  }

  @Test
  void open_rsaKeyInBothForms_isRead() throws Exception {
    HeldCertificate rsa = new HeldCertificate.Builder().commonName("rsa").rsa2048().build();
    Path crt = write("tls.crt", rsa.certificatePem());
    for (String pem : new String[] {rsa.privateKeyPkcs1Pem(), rsa.privateKeyPkcs8Pem()}) {
      Path key = write("tls.key", pem);
      assertThat(open(new TlsSettings(null, crt, key)).get()).asString().contains("CN=rsa");
      registry.clear();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"prime256v1", "secp384r1", "secp521r1"})
  void open_ecKeyAsOpensslWritesIt_isRead(String curve) throws Exception {
    Path crt = folder.resolve("tls.crt");
    Path pkcs8 = folder.resolve("pkcs8.key");
    Path sec1 = folder.resolve("sec1.key");
    openssl("ecparam", "-genkey", "-name", curve, "-out", sec1.toString());
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", sec1.toString(), "-out", pkcs8.toString());
    openssl(
        "req", "-x509", "-new", "-key", sec1.toString(), "-subj", "/CN=ec", "-out", crt.toString());
    assertThat(Files.readString(sec1)).contains("BEGIN EC PRIVATE KEY", "BEGIN EC PARAMETERS");
    for (Path key : new Path[] {sec1, pkcs8}) {
      assertThat(open(new TlsSettings(null, crt, key)).get()).asString().contains("CN=ec");
      registry.clear();
    }
  }

  @Test
  void open_ed25519Key_isRead() throws Exception {
    Path crt = folder.resolve("tls.crt");
    Path key = folder.resolve("tls.key");
    openssl("genpkey", "-algorithm", "ed25519", "-out", key.toString());
    openssl(
        "req", "-x509", "-new", "-key", key.toString(), "-subj", "/CN=ed", "-out", crt.toString());
    assertThat(open(new TlsSettings(null, crt, key)).get()).asString().contains("CN=ed");
  }

  private static void openssl(String... arguments) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("openssl");
    builder.command().addAll(java.util.List.of(arguments));
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }

  @Test
  void open_unusableFiles_saysWhyAndQuotesNoKey() throws Exception {
    HeldCertificate one = certificate("one");
    Path crt = write("tls.crt", one.certificatePem());
    String pem = one.privateKeyPkcs8Pem();
    String inside = pem.lines().skip(1).findFirst().orElseThrow();

    assertUnusable(crt, pem + pem, "there are 2");
    assertUnusable(crt, "", "there are 0");
    assertUnusable(crt, pem.substring(0, pem.length() - 5), "not complete");
    assertUnusable(crt, pem.replace("PRIVATE", "ENCRYPTED PRIVATE"), "encrypted");
    assertUnusable(crt, pem.replace("PRIVATE", "RSA PRIVATE"), "no RSA, EC or Ed25519 key");
    assertUnusable(crt, pem.replace("PRIVATE", "EC PRIVATE"), "not well formed");
    assertUnusable(crt, pem.replace("PRIVATE", "DSA PRIVATE"), "PKCS#8, PKCS#1 or SEC 1");
    assertUnusable(crt, pem.replace(inside, "%" + inside), "not base64");
    assertUnusable(crt, certificate("two").privateKeyPkcs8Pem(), "not that of the client");
    assertUnusable(
        crt,
        new HeldCertificate.Builder().rsa2048().build().privateKeyPkcs8Pem(),
        "not that of the client");
    assertUnusable(write("empty.crt", "nothing"), pem, "no certificate");
    assertThatThrownBy(() -> new TlsSettings(null, crt, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void assertUnusable(Path crt, String pem, String why) throws IOException {
    Path key = write("tls.key", pem);
    assertThatThrownBy(() ->
            TlsFiles.open(new TlsSettings(null, crt, key), nanos::get, ReloadMetrics.unscraped()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why)
        .satisfies(failure ->
            pem.lines()
                .filter(line -> line.length() > 30 && !line.startsWith("-"))
                .forEach(line -> assertThat(stackTrace(failure)).doesNotContain(line)));
  }

  private static String stackTrace(Throwable failure) {
    java.io.StringWriter out = new java.io.StringWriter();
    failure.printStackTrace(new java.io.PrintWriter(out));
    return out.toString();
  }
}
