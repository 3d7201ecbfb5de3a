package com.mloptimizer.agent.core.kubernetes;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Where a resource stands in the API: {@code
 * ResourcePath.core("pods").namespace("shop").name("web-1").subresource("eviction")}. Immutable.
 * What is put in is percent-encoded as one path segment, so a name never reaches beyond its place.
 *
 * @see <a href="https://kubernetes.io/docs/reference/using-api/api-concepts/">API concepts</a>
 */
public final class ResourcePath {

  private final String root;
  private final String resource;
  private final @Nullable String namespace;
  private final @Nullable String name;
  private final @Nullable String subresource;

  private ResourcePath(
      String root,
      String resource,
      @Nullable String namespace,
      @Nullable String name,
      @Nullable String subresource) {
    this.root = requireNonNull(root, "root");
    this.resource = requireNonNull(resource, "resource");
    this.namespace = namespace;
    this.name = name;
    this.subresource = subresource;
  }

  /** A resource of the core group, {@code v1}, by its plural name. */
  public static ResourcePath core(String resource) {
    return new ResourcePath("/api/v1", segment("resource", resource), null, null, null);
  }

  /** A resource of a named group, by its plural name. */
  public static ResourcePath group(String group, String version, String resource) {
    String root = "/apis/" + segment("group", group) + "/" + segment("version", version);
    return new ResourcePath(root, segment("resource", resource), null, null, null);
  }

  /**
   * A path as it is, for what is not a resource: {@code /version}, {@code /api/v1}, {@code
   * /apis/policy/v1}.
   *
   * @throws IllegalArgumentException if it is not absolute or holds a query
   */
  public static ResourcePath raw(String path) {
    if (!path.startsWith("/") || path.indexOf('?') >= 0 || path.indexOf('#') >= 0) {
      throw new IllegalArgumentException("not an absolute path without a query: " + path);
    }
    return new ResourcePath(path, "", null, null, null);
  }

  /** This resource in one namespace. */
  public ResourcePath namespace(String value) {
    return new ResourcePath(root, resource, segment("namespace", value), name, subresource);
  }

  /** One object. */
  public ResourcePath name(String value) {
    return new ResourcePath(root, resource, namespace, segment("name", value), subresource);
  }

  /** A part of one object, such as {@code eviction}, {@code scale} or {@code status}. */
  public ResourcePath subresource(String value) {
    requireNonNull(name, "a subresource belongs to a named object");
    return new ResourcePath(root, resource, namespace, name, segment("subresource", value));
  }

  /**
   * The plural name and the subresource, for example {@code pods/eviction}: what it is about
   * without saying which one. Empty for a raw path.
   */
  String kind() {
    return subresource == null ? resource : resource + "/" + subresource;
  }

  /** Whether it is one object, not a collection. */
  boolean isNamed() {
    return name != null;
  }

  /** The absolute path, percent-encoded. */
  @Override
  public String toString() {
    StringBuilder path = new StringBuilder(root);
    if (namespace != null) {
      path.append("/namespaces/").append(namespace);
    }
    if (!resource.isEmpty()) {
      path.append('/').append(resource);
    }
    if (name != null) {
      path.append('/').append(name);
    }
    if (subresource != null) {
      path.append('/').append(subresource);
    }
    return path.toString();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ResourcePath path && path.toString().equals(toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  private static String segment(String what, String value) {
    if (value.isEmpty() || value.equals(".") || value.equals("..")) {
      throw new IllegalArgumentException(what + " is no path segment: '" + value + "'");
    }
    return PercentEncoding.encode(value);
  }

  /** RFC 3986: everything but the unreserved characters is encoded. */
  static final class PercentEncoding {

    private static final String HEX = "0123456789ABCDEF";

    private PercentEncoding() {}

    static String encode(String value) {
      StringBuilder encoded = new StringBuilder(value.length());
      for (byte octet : value.getBytes(StandardCharsets.UTF_8)) {
        if (isUnreserved(octet)) {
          encoded.append((char) octet);
        } else {
          encoded.append('%').append(HEX.charAt(octet >> 4 & 0xF)).append(HEX.charAt(octet & 0xF));
        }
      }
      return encoded.toString();
    }

    private static boolean isUnreserved(byte octet) {
      return (octet >= 'a' && octet <= 'z')
          || (octet >= 'A' && octet <= 'Z')
          || (octet >= '0' && octet <= '9')
          || octet == '-'
          || octet == '.'
          || octet == '_'
          || octet == '~';
    }
  }
}
