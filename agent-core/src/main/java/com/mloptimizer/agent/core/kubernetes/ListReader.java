package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import okhttp3.Response;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.ObjectMapper;

/** Lists a resource page by page, an object at a time. */
final class ListReader<T> {

  private static final int PAGE_SIZE = 500;

  private final Transport transport;
  private final ObjectMapper json;
  private final AnswerReader answers;
  private final ItemParser<T> parser;
  private final Consumer<? super T> consumer;
  private int items;
  private String resourceVersion = "";
  private String next = "";

  ListReader(
      Transport transport,
      ObjectMapper json,
      AnswerReader answers,
      ItemParser<T> parser,
      Consumer<? super T> consumer) {
    this.transport = transport;
    this.json = json;
    this.answers = answers;
    this.parser = parser;
    this.consumer = consumer;
  }

  ListOutcome read(ResourcePath path, ListOptions options, Duration pageTimeout, Duration atMost)
      throws IOException {
    long began = System.nanoTime();
    ApiRequest whole = ApiRequest.get(path);
    ApiRequest all =
        options.applyTo(
            options.inOnePage() ? whole : whole.query("limit", Integer.toString(PAGE_SIZE)),
            "PartialObjectMetadataList");
    do {
      Duration left = atMost.minusNanos(System.nanoTime() - began);
      if (!left.isPositive()) {
        throw StreamFailure.of(all, new IOException("not listed within " + atMost));
      }
      ApiRequest page =
          (next.isEmpty() ? all : all.query("continue", next))
              .timeout(left.compareTo(pageTimeout) < 0 ? left : pageTimeout);
      try (Response response = transport.newCall(page, true).execute()) {
        if (response.code() != 200) {
          return new ListOutcome.Refused(answers.read(response));
        }
        next = "";
        readPage(response, options);
      } catch (JacksonException e) {
        throw StreamFailure.of(page, e);
      } catch (IOException e) {
        throw StreamFailure.of(page, e);
      }
    } while (!next.isEmpty());
    return new ListOutcome.Listed(resourceVersion, items);
  }

  private void readPage(Response response, ListOptions options) throws IOException {
    try (JsonParser stream = json.createParser(options.wanted(response.body().byteStream()))) {
      if (stream.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the answer is no list");
      }
      ObjectCursor list = ObjectCursor.over(stream);
      while (list.next()) {
        switch (list.field()) {
          case "metadata" -> readMetadata(list.object());
          case "items" -> readItems(stream);
          default -> {}
        }
      }
    }
  }

  private void readMetadata(ObjectCursor metadata) {
    while (metadata.next()) {
      switch (metadata.field()) {
        case "resourceVersion" -> resourceVersion = metadata.text("");
        case "continue" -> next = metadata.text("");
        default -> {}
      }
    }
  }

  private void readItems(JsonParser stream) {
    if (stream.currentToken() != JsonToken.START_ARRAY) {
      return;
    }
    while (stream.nextToken() == JsonToken.START_OBJECT) {
      consumer.accept(parser.read(stream));
      items++;
    }
  }
}
