package com.mloptimizer.agent.main;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line in this process; nothing here gets as far as connecting to anybody. */
@Timeout(60)
class MainTest {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final String ACTION = "{\"id\":\"act-1\",\"type\":\"cordon_node\"}";

  @TempDir private Path directory;

  /** How a command ended, and what it printed. */
  private record Ending(int code, String out, String err) {}

  private static Ending agent(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = commandLine.execute(arguments);
    return new Ending(code, out.toString(), err.toString());
  }

  /** A complete command line, but for what a test adds, which goes before what stands here. */
  private static Ending withConfiguration(String command, String... changed) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of(changed));
    for (String argument :
        new String[] {
          "--backend-url=https://backend.example",
          "--backend-ws-url=wss://backend.example/agent",
          "--api-key=key",
          "--secret-key=" + KEY,
          "--cluster-id=test"
        }) {
      String flag = argument.substring(0, argument.indexOf('=') + 1);
      if (arguments.stream().noneMatch(given -> given.startsWith(flag))) {
        arguments.add(argument);
      }
    }
    return agent(arguments.toArray(String[]::new));
  }

  private static void assertRefused(Ending ending, String... messages) {
    assertThat(ending.code()).as(ending.err()).isEqualTo(ExitCode.USAGE);
    assertThat(ending.err()).contains(messages).doesNotContain("Exception", "\tat ");
    assertThat(ending.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void runOrCheck_nothingConfigured_namesEveryProblemAtOnce(String command) {
    assertRefused(
        agent(command),
        "5 problems",
        "BACKEND_URL is required",
        "BACKEND_WS_URL is required",
        "API_KEY or API_KEY_FILE is required",
        "SECRET_KEY or SECRET_KEY_DIR is required",
        "CLUSTER_ID is required");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--backend-url=https://           | BACKEND_URL 'https://' is not an address of the form",
        "--backend-url=ftp://b.example    | BACKEND_URL 'ftp://b.example' is not an address",
        "--backend-url=backend.example    | is not an address of the form https://HOST",
        "--backend-ws-url=https://b.example | is not an address of the form wss://HOST",
        "--backend-url=http://b.example   | BACKEND_URL is not encrypted: use https://",
        "--backend-ws-url=ws://10.0.0.1/a | BACKEND_WS_URL is not encrypted: use wss://",
        "--secret-key=short               | SECRET_KEY has 5 bytes, at least 32 are needed",
        "--api-key-file=/dev/null         | set API_KEY or API_KEY_FILE, not both",
        "--batch-size=0                   | BATCH_SIZE must be a whole number (records) from 1 to",
        "--heartbeat-interval=10s         | HEARTBEAT_INTERVAL must be a whole number (seconds)",
        "--log-level=LOUD                 | LOG_LEVEL must be one of",
        "--allowed-actions=drain_nod      | is not a type of action; did you mean drain_node?",
        "--max-unavailable-nodes=150%     | MAX_UNAVAILABLE_NODES must be a whole number from 0",
        "--guardrails-file=/none.yaml     | cannot read the guardrails file /none.yaml",
        "--dry-run=perhaps                | DRY_RUN must be one of true, false, not 'perhaps'",
      })
  void run_oneBadValue_saysWhichAndWhatToDo(String argument, String message) {
    assertRefused(withConfiguration("run", argument), "1 problem in the configuration", message);
  }

  @Test
  void run_badKey_isNotPrinted() {
    assertThat(withConfiguration("run", "--secret-key=hunter2").err()).doesNotContain("hunter2");
  }

  @Test
  void run_insecureTransportAllowed_isNotTheProblem() {
    Ending ending =
        withConfiguration(
            "run",
            "--insecure-transport",
            "--backend-url=http://backend.example",
            "--kubeconfig=" + directory.resolve("absent"));

    assertRefused(ending, "absent");
    assertThat(ending.err()).doesNotContain("not encrypted");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check"})
  void runOrCheck_kubeconfigAbsent_namesIt(String command) {
    Path absent = directory.resolve("absent");

    assertRefused(
        withConfiguration(command, "--kubeconfig=" + absent), "--kubeconfig", absent.toString());
  }

  @Test
  void run_kubeconfigIsNone_namesIt() throws IOException {
    Path file = Files.writeString(directory.resolve("kubeconfig"), "clusters: [}");

    assertRefused(withConfiguration("run", "--kubeconfig=" + file), file.toString());
  }

  @Test
  void run_unknownFlag_suggestsTheRightOne() {
    assertRefused(agent("run", "--backend-ur=x"), "Unknown option: '--backend-ur=x'");
  }

  @Test
  void run_unknownKeyInFile_suggestsTheRightOne() throws IOException {
    Path file = Files.writeString(directory.resolve("agent.yaml"), "batch_siz: 50\n");

    assertRefused(withConfiguration("run", "--config=" + file), "batch_siz", "batch_size");
  }

  @Test
  void main_noCommand_isAUsageError() {
    Ending ending = agent();

    assertThat(ending.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ending.err()).contains("Missing a command", "Usage: agent", "Exit codes:");
  }

  @Test
  void main_unknownCommand_isAUsageError() {
    assertThat(agent("rum").code()).isEqualTo(ExitCode.USAGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "check", "sign", "status", "generate-completion"})
  void help_eachCommand_tellsItsUsage(String command) {
    Ending ending = agent(command, "--help");

    assertThat(ending.code()).as(ending.err()).isZero();
    assertThat(ending.out()).startsWith("Usage: agent " + command);
    assertThat(ending.err()).isEmpty();
  }

  @Test
  void help_main_listsCommandsAndExitCodes() {
    Ending ending = agent("--help");

    assertThat(ending.code()).isZero();
    assertThat(ending.out())
        .contains("run", "check", "sign", "status", "generate-completion", "Exit codes:");
  }

  @Test
  void generateCompletion_printsAScript() {
    Ending ending = agent("generate-completion");

    assertThat(ending.code()).as(ending.err()).isZero();
    assertThat(ending.out()).contains("complete -F", "agent", "--backend-url");
  }

  @ParameterizedTest
  @CsvSource({"ACTION", "CONFIG"})
  void sign_keyFromFile_printsAnEnvelopeThatVerifies(PayloadType type) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), KEY);
    Path action = Files.writeString(directory.resolve("action.json"), ACTION);

    Ending ending = agent("sign", action.toString(), "--key-file=" + key, "--type=" + type);

    assertThat(ending.code()).as(ending.err()).isZero();
    ReceivedEnvelope envelope = ReceivedEnvelope.of(ending.out());
    assertThat(verifier(KEY).verify(envelope, type))
        .isInstanceOfSatisfying(
            Verification.Verified.class,
            verified -> assertThat(verified.payload()).asString().isEqualTo(ACTION));
    assertThat(verifier(KEY.replace('0', 'x')).verify(envelope, type))
        .isInstanceOf(Verification.Rejected.class);
  }

  private static EnvelopeVerifier verifier(String key) {
    Keyring keys = Keyring.of(SigningKey.of("any", key));
    return new EnvelopeVerifier(() -> keys);
  }

  @Test
  void sign_noKey_saysWhereFrom() throws IOException {
    Path action = Files.writeString(directory.resolve("action.json"), ACTION);

    assertRefused(agent("sign", action.toString()), "no key: set SECRET_KEY or give --key-file");
  }

  @Test
  void sign_keyFileAbsent_namesIt() throws IOException {
    Path action = Files.writeString(directory.resolve("action.json"), ACTION);
    Path absent = directory.resolve("no-key");

    Ending ending = agent("sign", action.toString(), "--key-file=" + absent);

    assertThat(ending.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ending.err()).contains("cannot read the key", absent.toString());
  }

  @Test
  void sign_keyTooShort_saysHowLong() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), "short");
    Path action = Files.writeString(directory.resolve("action.json"), ACTION);

    assertRefused(agent("sign", action.toString(), "--key-file=" + key), "32");
  }

  @Test
  void sign_noSuchFile_saysSoInWords() {
    Path none = directory.resolve("none.json");

    assertRefused(
        agent("sign", none.toString()), "cannot read " + none + ": there is no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cordon it", "[1]", "{\"id\":1,\"id\":2}", "{} {}", ""})
  void sign_noAgentWouldAcceptIt_saysWhy(String payload) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), KEY);
    Path action = Files.writeString(directory.resolve("action.json"), payload);

    assertRefused(
        agent("sign", action.toString(), "--key-file=" + key), "no agent would accept " + action);
  }

  @Test
  void sign_payloadTooLong_saysHowLongItMayBe() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), KEY);
    Path action =
        Files.writeString(
            directory.resolve("action.json"), "{\"a\":\"" + "x".repeat(70_000) + "\"}");

    assertRefused(agent("sign", action.toString(), "--key-file=" + key), "at most");
  }

  @Test
  void status_nobodyListens_saysSo() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    Ending ending = agent("status", "--url=http://127.0.0.1:" + port);

    assertThat(ending.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ending.err())
        .contains("does not answer (Connection refused)", "is the agent running");
  }

  @Test
  void supportBundle_toStandardOutput_writesTheFilesBytesAndNothingElse() throws IOException {
    byte[] zip = {'P', 'K', 3, 4, 0, (byte) 0xff, '\n'};
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/support-bundle",
        exchange -> {
          exchange.sendResponseHeaders(200, zip.length);
          exchange.getResponseBody().write(zip);
          exchange.close();
        });
    server.start();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      Ending ending =
          agent("support-bundle", "--url=http://127.0.0.1:" + server.getAddress().getPort(), "-o-");

      assertThat(ending).isEqualTo(new Ending(ExitCode.OK, "", ""));
      assertThat(written.toByteArray()).isEqualTo(zip);
    } finally {
      System.setOut(before);
      server.stop(0);
    }
  }

  @Test
  void help_main_endsEachCommandsDescriptionWithAFullStop() {
    String commands = agent("--help").out();

    assertThat(commands.substring(commands.indexOf("Commands:"), commands.indexOf("Exit codes:")))
        .contains("secrets masked, into one ZIP");
  }

  @Test
  void sign_wrong_doesNotHideTheMessageBehindTheUsage() throws IOException {
    Path key = Files.writeString(directory.resolve("key"), KEY);
    Path action = Files.writeString(directory.resolve("action.json"), "{\n  \"id\": cordon_it\n}");

    Ending ending = agent("sign", action.toString(), "--key-file=" + key);

    assertThat(ending.code()).isEqualTo(ExitCode.USAGE);
    assertThat(ending.err().lines())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).contains("line 2", "cordon_it", "'true'", "'null'"))
        .contains("Usage: agent sign --help");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "ftp://127.0.0.1", "http://"})
  void status_urlIsNone_isAUsageError(String url) {
    assertRefused(agent("status", "--url=" + url), "--url");
  }
}
