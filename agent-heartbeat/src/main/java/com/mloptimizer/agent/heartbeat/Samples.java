package com.mloptimizer.agent.heartbeat;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.Collector.MetricFamilySamples.Sample;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;

/**
 * Some of the registry's samples at one moment. The status page reads what Prometheus reads, so the
 * two never disagree, and no module has to tell how it is in a second way.
 */
final class Samples {
  private final List<Sample> samples;

  private Samples(List<Sample> samples) {
    this.samples = samples;
  }

  /** Those of these names; a name that no metric has is no error. */
  static Samples of(CollectorRegistry registry, Set<String> names) {
    List<Sample> samples = new ArrayList<>();
    for (MetricFamilySamples family :
        Collections.list(registry.filteredMetricFamilySamples(names::contains))) {
      for (Sample sample : family.samples) {
        if (names.contains(sample.name)) {
          samples.add(sample);
        }
      }
    }
    return new Samples(List.copyOf(samples));
  }

  /** All of that name together; empty if there is none. */
  OptionalDouble sum(String name) {
    return total(samples.stream().filter(sample -> sample.name.equals(name)).toList());
  }

  /** All of that name that have this value of a label; empty if there is none. */
  OptionalDouble sum(String name, String label) {
    return total(
        samples.stream()
            .filter(sample -> sample.name.equals(name) && sample.labelValues.contains(label))
            .toList());
  }

  private static OptionalDouble total(List<Sample> some) {
    return some.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(some.stream().mapToDouble(sample -> sample.value).sum());
  }

  /** All of that name, by the value of their only label. */
  Map<String, Long> byLabel(String name) {
    Map<String, Long> values = new TreeMap<>();
    for (Sample sample : samples) {
      if (sample.name.equals(name)) {
        values.merge(sample.labelValues.getFirst(), (long) sample.value, Long::sum);
      }
    }
    return values;
  }
}
