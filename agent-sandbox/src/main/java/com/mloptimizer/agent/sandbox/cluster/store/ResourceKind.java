package com.mloptimizer.agent.sandbox.cluster.store;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One kind of object that the API serves.
 *
 * @param group API group, empty for the core group
 * @param versions served versions, the one that objects are stored in first
 * @param shortNames what kubectl accepts besides plural and singular
 * @param categories groups of kinds such as {@code all}
 */
public record ResourceKind(
    String group,
    List<String> versions,
    String kind,
    String listKind,
    String plural,
    String singular,
    boolean namespaced,
    List<String> shortNames,
    List<String> categories,
    Set<Trait> traits) {

  /** What a kind has besides its plain verbs. */
  public enum Trait {
    /** A status subresource; the main resource then ignores changes of the status. */
    STATUS,
    /** A scale subresource. */
    SCALE,
    /** {@code metadata.generation}, raised by every change outside metadata and status. */
    GENERATION,
    /** Defined by a CustomResourceDefinition: no strategic merge patch. */
    CUSTOM
  }

  public ResourceKind {
    versions = List.copyOf(versions);
    shortNames = List.copyOf(shortNames);
    categories = List.copyOf(categories);
    traits = Set.copyOf(traits);
  }

  static ResourceKind namespaced(String group, String version, String kind, String plural) {
    return of(group, version, kind, plural, true);
  }

  static ResourceKind cluster(String group, String version, String kind, String plural) {
    return of(group, version, kind, plural, false);
  }

  private static ResourceKind of(
      String group, String version, String kind, String plural, boolean namespaced) {
    return new ResourceKind(
        group,
        List.of(version),
        kind,
        kind + "List",
        plural,
        kind.toLowerCase(Locale.ROOT),
        namespaced,
        List.of(),
        List.of(),
        EnumSet.noneOf(Trait.class));
  }

  ResourceKind shortNames(String... names) {
    return new ResourceKind(
        group,
        versions,
        kind,
        listKind,
        plural,
        singular,
        namespaced,
        List.of(names),
        categories,
        traits);
  }

  ResourceKind alsoIn(String version) {
    return new ResourceKind(
        group,
        List.of(versions.getFirst(), version),
        kind,
        listKind,
        plural,
        singular,
        namespaced,
        shortNames,
        categories,
        traits);
  }

  ResourceKind inAll() {
    return new ResourceKind(
        group,
        versions,
        kind,
        listKind,
        plural,
        singular,
        namespaced,
        shortNames,
        List.of("all"),
        traits);
  }

  ResourceKind with(Trait... added) {
    return new ResourceKind(
        group,
        versions,
        kind,
        listKind,
        plural,
        singular,
        namespaced,
        shortNames,
        categories,
        Set.of(added));
  }

  /** Whether the kind has the trait. */
  public boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /** {@code apps/v1}, or {@code v1} for the core group. */
  public String apiVersion(String version) {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** The apiVersion that objects are stored in. */
  public String apiVersion() {
    return apiVersion(versions.getFirst());
  }

  /** {@code deployments.apps}: how messages name the resource. */
  public String qualifiedName() {
    return group.isEmpty() ? plural : plural + "." + group;
  }
}
