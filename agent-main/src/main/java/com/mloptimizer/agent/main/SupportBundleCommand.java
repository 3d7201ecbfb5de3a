package com.mloptimizer.agent.main;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fetches what helps to understand a running agent. */
@Command(
    name = "support-bundle",
    mixinStandardHelpOptions = true,
    description = {
      "Fetches what helps to understand a running agent, secrets masked, into one ZIP file.",
      "These are its status, metrics, last log lines, configuration, permissions and threads.",
      "It answers from inside its pod only: use kubectl port-forward, or kubectl exec with -o -."
    })
final class SupportBundleCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Path STANDARD_OUTPUT = Path.of("-");
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  @Spec private CommandSpec spec;
  @Mixin private RunningAgent agent = new RunningAgent();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Where to write it; - is standard output (default: support-bundle-TIME.zip in this folder)")
  private @Nullable Path output;

  SupportBundleCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    Path file =
        output == null ? Path.of("support-bundle-" + STAMP.format(Instant.now()) + ".zip") : output;
    try {
      byte[] zip = agent.get("/support-bundle", TIMEOUT);
      if (file.equals(STANDARD_OUTPUT)) {
        System.out.write(zip);
        System.out.flush();
        return ExitCode.OK;
      }
      Files.write(file, zip, StandardOpenOption.CREATE_NEW);
      spec.commandLine().getOut().println(file + " (" + zip.length + " bytes)");
      return ExitCode.OK;
    } catch (RunningAgent.UnansweredException e) {
      return failed(String.valueOf(e.getMessage()));
    } catch (FileAlreadyExistsException e) {
      return failed(file + " exists already");
    } catch (IOException e) {
      return failed("cannot write " + file + ": " + e);
    }
  }

  private int failed(String why) {
    spec.commandLine().getErr().println(why);
    return ExitCode.FAILED;
  }
}
