package com.mloptimizer.agent.ws;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.action.ActionParser;
import com.mloptimizer.agent.core.envelope.EnvelopeSigner;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier;
import com.mloptimizer.agent.core.envelope.EnvelopeVerifier.Verification;
import com.mloptimizer.agent.core.envelope.Keyring;
import com.mloptimizer.agent.core.envelope.PayloadType;
import com.mloptimizer.agent.core.envelope.SigningKey;
import com.mloptimizer.agent.core.protocol.BackendFrame;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.mloptimizer.agent.ws.ScriptedServer.Peer;
import io.prometheus.client.CollectorRegistry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.java_websocket.enums.Role;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.framing.Framedata;
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
 * How many commands one thread takes in a second, from the bytes of the socket to the action that
 * is ready for the inbox's queue: frame, UTF-8, queue between the threads, JSON, envelope,
 * signature, payload, parameters. The reference is HMAC-SHA256 over the payload.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
public class FrameBench {
  private static final int REQUIRED = 5_000;
  private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
  private static final byte[] PAYLOAD =
      """
      {"id":"act-7f3c0000","cluster_id":"prod-1","type":"drain_node",\
      "parameters":{"node_name":"ip-10-0-1-23","timeout_seconds":900,"force":false},\
      "issued_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T00:15:00Z","dry_run":false}\
      """
          .getBytes(UTF_8);
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

  private final SigningKey key = SigningKey.of("2026-11", SECRET);
  private final EnvelopeVerifier verifier = new EnvelopeVerifier(() -> Keyring.of(key));
  private final ActionParser parser = new ActionParser("prod-1", Duration.ofHours(1));
  private final ProtocolCodec codec = new ProtocolCodec();
  private final InboundQueue queue =
      new InboundQueue(256, 4 << 20, new Doorbell(), new WebSocketMetrics(new CollectorRegistry()));
  private final BoundedDraft draft = draft();
  private final byte[] frame = frame();

  private byte[] frame() {
    String text =
        "{\"type\":\"action_command\",\"envelope\":"
            + new EnvelopeSigner(key).sign(PayloadType.ACTION, PAYLOAD)
            + "}";
    byte[] payload = text.getBytes(UTF_8);
    byte[] header = Peer.header(true, ScriptedServer.Frame.TEXT, payload.length);
    return ByteBuffer.allocate(header.length + payload.length).put(header).put(payload).array();
  }

  private static BoundedDraft draft() {
    BoundedDraft draft =
        new BoundedDraft(
            256 * 1024,
            64,
            new BoundedDraft.Listener() {
              @Override
              public void heard() {}

              @Override
              public void refused(UpgradeRefusal refusal) {}
            });
    draft.setParseMode(Role.CLIENT);
    return draft;
  }

  @Benchmark
  public Object frameToAction() throws InvalidDataException {
    for (Framedata read : draft.translateFrame(ByteBuffer.wrap(frame))) {
      String text = UTF_8.decode(read.getPayloadData()).toString();
      queue.offer(new InboundQueue.Message.Text(text));
    }
    InboundQueue.Message message = queue.poll().orElseThrow();
    String text = ((InboundQueue.Message.Text) message).text();
    BackendFrame.ActionCommand command =
        (BackendFrame.ActionCommand) codec.decodeBackendFrame(text);
    Verification verification = verifier.verify(command.envelope(), PayloadType.ACTION);
    return parser.parse(((Verification.Verified) verification).payload(), CLOCK);
  }

  @Benchmark
  public byte[] referenceHmacOfThePayload() throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
    return mac.doFinal(PAYLOAD);
  }

  @Test
  void frames_ofOneThread_areFiveThousandASecond() throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(FrameBench.class.getName().replace(".", "\\."))
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
    Map<String, Double> perSecond =
        results.stream()
            .collect(
                Collectors.toMap(
                    result -> result.getPrimaryResult().getLabel(),
                    result -> result.getPrimaryResult().getScore()));
    double reference = perSecond.get("referenceHmacOfThePayload");
    perSecond.forEach((name, score) ->
        System.out.printf(
            "FrameBench %s: %,.0f/s, %.2f of the reference%n", name, score, score / reference));
    assertThat(perSecond.get("frameToAction")).isGreaterThan(REQUIRED);
  }
}
