package com.mloptimizer.agent.main;

import com.mloptimizer.agent.core.config.UnreadableFile;
import com.mloptimizer.agent.core.envelope.EnvelopeSigner;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** Makes an envelope, as a backend would. */
@Command(
    name = "sign",
    mixinStandardHelpOptions = true,
    description = "Signs an action (or a configuration) and prints the envelope.",
    footer = {
      "",
      "The key is SECRET_KEY from the environment unless --key-file is given.",
      "Example: SECRET_KEY=... agent sign action.json"
    })
final class SignCommand implements Callable<Integer> {
  private static final String STDIN = "-";

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", defaultValue = STDIN, description = "JSON to sign; - is stdin")
  private String file = STDIN;

  @Option(names = "--key-file", paramLabel = "FILE", description = "The key's bytes, all of them")
  private @Nullable Path keyFile;

  @Option(names = "--keyid", paramLabel = "ID", description = "Hint for who verifies")
  private String keyId = "default";

  @Option(names = "--type", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private PayloadType type = PayloadType.ACTION;

  SignCommand() {}

  @Override
  public Integer call() {
    byte[] payload = payload();
    EnvelopeSigner signer = new EnvelopeSigner(key());
    try {
      spec.commandLine().getOut().println(signer.sign(type, payload));
    } catch (IllegalArgumentException e) {
      throw wrong("no agent would accept " + file + ": " + e.getMessage());
    }
    return ExitCode.OK;
  }

  private byte[] payload() {
    try {
      byte[] payload =
          file.equals(STDIN) ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
      new StrictJson().readObject(payload);
      return payload;
    } catch (IOException e) {
      throw wrong("cannot read " + file + ": " + UnreadableFile.reason(e));
    } catch (JacksonException e) {
      throw wrong("no agent would accept " + file + ": " + reason(e));
    }
  }

  /** All of the parser's message: the file is the user's own, unlike what an agent receives. */
  private static String reason(JacksonException e) {
    @Nullable TokenStreamLocation at = e.getLocation();
    return e.getOriginalMessage().lines().findFirst().orElse("unreadable")
        + (at == null ? "" : ", at line %d, column %d".formatted(at.getLineNr(), at.getColumnNr()));
  }

  private SigningKey key() {
    try {
      if (keyFile != null) {
        return SigningKey.of(keyId, Files.readAllBytes(keyFile));
      }
      @Nullable String key = System.getenv("SECRET_KEY");
      if (key == null) {
        throw wrong("no key: set SECRET_KEY or give --key-file");
      }
      return SigningKey.of(keyId, key);
    } catch (IOException e) {
      throw wrong("cannot read the key " + keyFile + ": " + UnreadableFile.reason(e));
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
