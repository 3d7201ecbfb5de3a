package com.mloptimizer.agent.collector.cluster;

import java.util.List;
import java.util.function.Function;

/**
 * What a pod asks for, counted as the scheduler counts it ({@code
 * k8s.io/component-helpers/resource.PodRequests}): an init container needs room only beside the
 * sidecars that were started before it, so the pod needs the larger of what its lasting containers
 * need together and what any init container needs at its time; what the pod says for itself
 * (KEP-2837) takes the place of that, and the runtime's overhead comes on top. While a container
 * that lasts is resized in place (KEP-1287), the largest counts of what is asked for, allocated and
 * in force; what its node can never give does not count.
 */
final class PodResources {

  /**
   * What a container's status says that it has.
   *
   * @param inForce what its runtime was told
   * @param allocated the requests that its node has granted
   */
  record Held(Resources inForce, Amounts allocated) {}

  private PodResources() {}

  /** The container as it counts while it holds this. */
  static ContainerSpec resized(ContainerSpec container, Held held, boolean infeasible) {
    if (!container.isLasting()) {
      return container;
    }
    Amounts requests = held.inForce().requests().max(held.allocated());
    Amounts limits = held.inForce().limits();
    return new ContainerSpec(
        container.name(),
        container.image(),
        container.role(),
        infeasible ? requests : requests.max(container.requests()),
        infeasible ? limits : limits.max(container.limits()));
  }

  static Amounts requests(List<ContainerSpec> containers, Amounts ofPod, Amounts overhead) {
    return ofPod.orElse(total(containers, ContainerSpec::requests)).plus(overhead);
  }

  /** The same of the limits; overhead counts only on top of a limit. */
  static Amounts limits(List<ContainerSpec> containers, Amounts ofPod, Amounts overhead) {
    return ofPod.orElse(total(containers, ContainerSpec::limits)).plusWherePresent(overhead);
  }

  private static Amounts total(
      List<ContainerSpec> containers, Function<ContainerSpec, Amounts> amounts) {
    Amounts lasting = Amounts.NONE;
    Amounts sidecars = Amounts.NONE;
    Amounts starting = Amounts.NONE;
    for (ContainerSpec container : containers) {
      Amounts own = amounts.apply(container);
      switch (container.role()) {
        case APP -> lasting = lasting.plus(own);
        case SIDECAR -> {
          lasting = lasting.plus(own);
          sidecars = sidecars.plus(own);
          starting = starting.max(sidecars);
        }
        case INIT -> starting = starting.max(sidecars.plus(own));
      }
    }
    return lasting.max(starting);
  }
}
