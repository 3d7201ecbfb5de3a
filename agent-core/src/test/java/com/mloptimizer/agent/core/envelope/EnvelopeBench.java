package com.mloptimizer.agent.core.envelope;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.ReceivedEnvelope;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How many envelopes of a usual action one thread verifies in a second; the reference is the one
 * thing that cannot be left out, HMAC-SHA256 over the same bytes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class EnvelopeBench {
  private static final int REQUIRED = 20_000;
  private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
  private static final byte[] PAYLOAD =
      """
      {"id":"act-7f3c0000","cluster_id":"prod-1","type":"drain_node",\
      "parameters":{"node_name":"ip-10-0-1-23","timeout_seconds":900,"force":false},\
      "issued_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T00:15:00Z","dry_run":false}\
      """
          .getBytes(UTF_8);

  private final SigningKey key = SigningKey.of("2026-11", SECRET);
  private final EnvelopeVerifier verifier = new EnvelopeVerifier(() -> Keyring.of(key));
  private final ReceivedEnvelope good =
      ReceivedEnvelope.of(new EnvelopeSigner(key).sign(PayloadType.ACTION, PAYLOAD));
  private final ReceivedEnvelope forged =
      ReceivedEnvelope.of(
          new EnvelopeSigner(SigningKey.of("2026-11", "f".repeat(32)))
              .sign(PayloadType.ACTION, PAYLOAD));
  private final byte[] signed =
      Envelope.preAuthenticationEncoding(PayloadType.ACTION.mediaType(), PAYLOAD);

  @Benchmark
  public Object verify() {
    return verifier.verify(good, PayloadType.ACTION);
  }

  @Benchmark
  public Object verifyForged() {
    return verifier.verify(forged, PayloadType.ACTION);
  }

  @Benchmark
  public byte[] referenceHmacOfTheSameBytes() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
    return mac.doFinal(signed);
  }

  @Test
  void verifications_ofOneThread_areTwentyThousandASecond() throws RunnerException {
    Map<String, Double> perSecond = perSecond(EnvelopeBench.class);
    double reference = perSecond.get("referenceHmacOfTheSameBytes");
    perSecond.forEach((name, score) ->
        System.out.printf(
            "EnvelopeBench %s: %,.0f/s, %.2f of the reference%n", name, score, score / reference));
    assertThat(perSecond.get("verify")).isGreaterThan(REQUIRED);
    assertThat(perSecond.get("verifyForged")).isGreaterThan(REQUIRED);
  }

  private static Map<String, Double> perSecond(Class<?> benchmarks) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(benchmarks.getName().replace(".", "\\."))
                    .forks(1)
                    .threads(1)
                    .timeUnit(TimeUnit.SECONDS)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(3)
                    .measurementTime(TimeValue.seconds(1))
                    .shouldFailOnError(true)
                    .build())
            .run();
    return results.stream()
        .collect(
            Collectors.toMap(
                result -> result.getPrimaryResult().getLabel(),
                result -> result.getPrimaryResult().getScore()));
  }
}
