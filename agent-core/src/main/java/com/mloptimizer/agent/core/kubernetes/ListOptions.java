package com.mloptimizer.agent.core.kubernetes;

import java.io.InputStream;
import java.util.List;

/**
 * What of a resource to list or watch.
 *
 * @param labelSelector a label selector; empty for all
 * @param fieldSelector a field selector; empty for all
 * @param metadataOnly whether the server leaves out spec and status ({@code PartialObjectMetadata})
 * @param inOnePage whether a list comes whole instead of in pages; nothing to a watch
 * @param withoutAnnotations whether no annotation may come into memory
 */
public record ListOptions(
    String labelSelector,
    String fieldSelector,
    boolean metadataOnly,
    boolean inOnePage,
    boolean withoutAnnotations) {

  /** Every object, whole. */
  public static ListOptions all() {
    return new ListOptions("", "", false, false, false);
  }

  /** The same, those objects only whose labels match. */
  public ListOptions withLabels(String selector) {
    return new ListOptions(selector, fieldSelector, metadataOnly, inOnePage, withoutAnnotations);
  }

  /** The same, those objects only whose fields match, such as {@code spec.nodeName=node-1}. */
  public ListOptions withFields(String selector) {
    return new ListOptions(labelSelector, selector, metadataOnly, inOnePage, withoutAnnotations);
  }

  /** The same, without spec and status. */
  public ListOptions withMetadataOnly() {
    return new ListOptions(labelSelector, fieldSelector, true, inOnePage, withoutAnnotations);
  }

  /** The same, whole: for a server that forgets a list's place before its last page. */
  public ListOptions withoutPages() {
    return new ListOptions(labelSelector, fieldSelector, metadataOnly, true, withoutAnnotations);
  }

  /** The same, for who has no use for annotations, and all the less for what is in them. */
  public ListOptions leavingOutAnnotations() {
    return new ListOptions(labelSelector, fieldSelector, metadataOnly, inOnePage, true);
  }

  /** What a server sends, without what nobody wants of it. */
  InputStream wanted(InputStream json) {
    return new SkippingStream(
        json,
        withoutAnnotations ? List.of("managedFields", "annotations") : List.of("managedFields"));
  }

  /**
   * Asks for that.
   *
   * @param partialKind of {@code meta.k8s.io}, what metadata alone comes as
   */
  ApiRequest applyTo(ApiRequest request, String partialKind) {
    ApiRequest selected = metadataOnly ? request.partial(partialKind) : request;
    if (!labelSelector.isEmpty()) {
      selected = selected.query("labelSelector", labelSelector);
    }
    if (!fieldSelector.isEmpty()) {
      selected = selected.query("fieldSelector", fieldSelector);
    }
    return selected;
  }
}
