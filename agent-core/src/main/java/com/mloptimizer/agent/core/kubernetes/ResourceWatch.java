package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import java.util.function.Consumer;
import okhttp3.Call;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * One watch, from {@link KubernetesClient#watch}. {@link #run} reads it in the calling thread until
 * it ends; {@link #close} ends it from any thread, before or during the run.
 *
 * @param <T> what its parser makes of an object
 */
public final class ResourceWatch<T> implements AutoCloseable {

  private final ObjectMapper json;
  private final AnswerReader answers;
  private final ItemParser<T> parser;
  private final ApiRequest request;
  private final ListOptions options;
  private final Call call;
  private @Nullable WatchEnd end;

  ResourceWatch(
      Transport transport,
      ObjectMapper json,
      AnswerReader answers,
      ItemParser<T> parser,
      ApiRequest request,
      ListOptions options) {
    this.json = json;
    this.answers = answers;
    this.parser = parser;
    this.request = request;
    // Not compressed: an event must come through when it happens.
    this.options = options;
    this.call = transport.newCall(request, false);
  }

  /** Reads events until the watch ends, as {@link #run(Runnable, Consumer)} does. */
  public WatchEnd run(Consumer<? super WatchEvent<T>> handler) throws IOException {
    return run(() -> {}, handler);
  }

  /**
   * Reads events until the watch ends.
   *
   * @param opened called once the server has accepted the watch, before the first event
   * @param handler takes each event, in order
   * @return why it ended
   * @throws IOException if the connection broke or what came cannot be read
   */
  public WatchEnd run(Runnable opened, Consumer<? super WatchEvent<T>> handler) throws IOException {
    try (Response response = call.execute()) {
      if (response.code() != 200) {
        return refused(answers.read(response));
      }
      opened.run();
      return readEvents(response, handler);
    } catch (IOException e) {
      if (call.isCanceled()) {
        return new WatchEnd.Closed();
      }
      throw StreamFailure.of(request, e);
    } catch (JacksonException e) {
      if (call.isCanceled()) {
        return new WatchEnd.Closed();
      }
      throw StreamFailure.of(request, e);
    }
  }

  private WatchEnd readEvents(Response response, Consumer<? super WatchEvent<T>> handler)
      throws IOException {
    try (JsonParser stream = json.createParser(options.wanted(response.body().byteStream()))) {
      while (end == null && stream.nextToken() == JsonToken.START_OBJECT) {
        readEvent(stream, handler);
      }
    }
    if (end != null) {
      return end;
    }
    return call.isCanceled() ? new WatchEnd.Closed() : new WatchEnd.Finished();
  }

  private void readEvent(JsonParser stream, Consumer<? super WatchEvent<T>> handler) {
    String type = "";
    @Nullable JsonNode early = null;
    ObjectCursor event = ObjectCursor.over(stream);
    while (event.next()) {
      switch (event.field()) {
        case "type" -> type = event.text("");
        case "object" -> {
          if (type.isEmpty()) {
            early = json.readTree(stream);
          } else {
            deliver(type, stream, handler);
          }
        }
        default -> {}
      }
    }
    if (early != null) {
      // API servers write the type first; this is for one that doesn't.
      try (JsonParser object = json.treeAsTokens(early)) {
        object.nextToken();
        deliver(type, object, handler);
      }
    }
  }

  private void deliver(String type, JsonParser object, Consumer<? super WatchEvent<T>> handler) {
    switch (type) {
      case "ADDED" -> handler.accept(new WatchEvent.Added<>(parser.read(object)));
      case "MODIFIED" -> handler.accept(new WatchEvent.Modified<>(parser.read(object)));
      case "DELETED" -> handler.accept(new WatchEvent.Deleted<>(parser.read(object)));
      case "BOOKMARK" -> handler.accept(new WatchEvent.Bookmark<>(resourceVersion(object)));
      case "ERROR" -> end = refused(AnswerReader.ofStatus(json.readTree(object)));
      default -> object.skipChildren();
    }
  }

  private static String resourceVersion(JsonParser object) {
    String version = "";
    ObjectCursor fields = ObjectCursor.over(object);
    while (fields.next()) {
      if (fields.field().equals("metadata")) {
        ObjectCursor metadata = fields.object();
        while (metadata.next()) {
          if (metadata.field().equals("resourceVersion")) {
            version = metadata.text("");
          }
        }
      }
    }
    return version;
  }

  private static WatchEnd refused(ApiAnswer answer) {
    return answer.statusCode() == 410 ? new WatchEnd.Expired(answer) : new WatchEnd.Refused(answer);
  }

  /** Ends the watch; a run in another thread returns {@link WatchEnd.Closed}. */
  @Override
  public void close() {
    call.cancel();
  }
}
