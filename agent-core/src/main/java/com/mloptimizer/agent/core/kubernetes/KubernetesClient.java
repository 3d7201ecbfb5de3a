package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import okhttp3.Response;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Talks to one API server; {@link KubernetesAccess} makes it. Thread-safe. Every call is bounded in
 * time and, where its answer is kept, in size; none is repeated, except once with a freshly read
 * token when the server answers 401.
 */
public final class KubernetesClient implements AutoCloseable {

  private static final Pattern ORIGIN = Pattern.compile("^(https?://)(?:[^/@]*@)?([^/]*).*$");
  private static final int MAX_ANSWER_BYTES = 8 << 20;
  private static final int MAX_STRING_CHARS = 4 << 20;
  private static final int MAX_DEPTH = 200;

  /** A page of 500 objects, over a slow line. */
  private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(60);

  /** About as long as a server keeps the place in a list. */
  private static final Duration LIST_TIMEOUT = Duration.ofMinutes(15);

  /** What a watch may take longer than it asked for before it counts as dead. */
  private static final Duration WATCH_GRACE = Duration.ofSeconds(30);

  private static final int MIN_WATCH_SECONDS = 300;
  private static final int MAX_WATCH_SECONDS = 600;

  private final Transport transport;
  private final String namespace;
  private final ObjectMapper json;
  private final AnswerReader answers;

  KubernetesClient(Transport transport, String namespace) {
    this.transport = transport;
    this.namespace = namespace;
    this.json =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxStringLength(MAX_STRING_CHARS)
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            // A watch is a sequence of objects, of which one is read at a time.
            .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    this.answers = new AnswerReader(json, MAX_ANSWER_BYTES);
  }

  /**
   * The same client for what only one process at a time may do: every request but a GET is sent
   * only if the fence lets it through, and fails with an {@link IOException} otherwise. The two
   * share their connections; closing one closes both.
   */
  public KubernetesClient fencedBy(WriteFence fence) {
    return new KubernetesClient(transport.fencedBy(fence), namespace);
  }

  /**
   * A client of its own for calls that must not wait for others, to be closed by itself. It speaks
   * HTTP/1.1: a call that fails closes its connection, and the next one connects anew, while calls
   * by HTTP/2 share one connection that may have died without a word.
   */
  public KubernetesClient separate() {
    return new KubernetesClient(transport.separate(), namespace);
  }

  /**
   * The API server's scheme, host and port. Not the path that its URL may have: some proxies put a
   * token there, and this is printed.
   */
  public String server() {
    return ORIGIN.matcher(transport.server()).replaceFirst("$1$2");
  }

  /**
   * The namespace that the configuration names: the pod's own, or the kubeconfig context's, or
   * {@code default}.
   */
  public String namespace() {
    return namespace;
  }

  /**
   * Sends a request and waits for the answer, whatever its status.
   *
   * @throws IOException if there was no answer in time, or none that can be read: whether a write
   *     was done is then unknown
   */
  public ApiAnswer send(ApiRequest request) throws IOException {
    try (Response response = transport.newCall(request, true).execute()) {
      return answers.read(response);
    } catch (IOException e) {
      throw StreamFailure.of(request, e);
    }
  }

  /**
   * Lists a resource in pages of 500, in the calling thread.
   *
   * @param consumer takes each object as it is read
   * @throws IOException if the connection broke or what came cannot be read; some objects may have
   *     been delivered
   */
  public <T> ListOutcome list(
      ResourcePath path, ListOptions options, ItemParser<T> parser, Consumer<? super T> consumer)
      throws IOException {
    return list(path, options, LIST_TIMEOUT, parser, consumer);
  }

  /**
   * The same.
   *
   * @param atMost how long the whole of it may take
   */
  public <T> ListOutcome list(
      ResourcePath path,
      ListOptions options,
      Duration atMost,
      ItemParser<T> parser,
      Consumer<? super T> consumer)
      throws IOException {
    return new ListReader<>(transport, json, answers, parser, consumer)
        .read(path, options, PAGE_TIMEOUT, atMost);
  }

  /**
   * Prepares a watch that lasts 5 to 10 minutes, at random, so that many don't end at once.
   *
   * @param resourceVersion where it begins: a list's, or the last one seen
   */
  public <T> ResourceWatch<T> watch(
      ResourcePath path, ListOptions options, String resourceVersion, ItemParser<T> parser) {
    int seconds = RandomGenerator.getDefault().nextInt(MIN_WATCH_SECONDS, MAX_WATCH_SECONDS + 1);
    ApiRequest request =
        options
            .applyTo(ApiRequest.get(path), "PartialObjectMetadata")
            .query("watch", "true")
            .query("allowWatchBookmarks", "true")
            .query("resourceVersion", resourceVersion)
            .query("timeoutSeconds", Integer.toString(seconds))
            .timeout(Duration.ofSeconds(seconds).plus(WATCH_GRACE));
    return new ResourceWatch<>(transport, json, answers, parser, request, options);
  }

  /** Ends what is under way and closes the connections. */
  @Override
  public void close() {
    transport.close();
  }
}
