package com.mloptimizer.agent.main;

import com.mloptimizer.agent.collector.cluster.ClusterWatch;
import com.mloptimizer.agent.collector.cluster.Interner;
import com.mloptimizer.agent.collector.cluster.WatchListener;
import com.mloptimizer.agent.core.kubernetes.KubernetesAccess;
import com.mloptimizer.agent.core.kubernetes.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lists what the collector lists, again and again, in a process with the agent's JVM flags. */
final class WarmLists {

  private static final int ROUNDS = 7;
  private static final int RESOURCES = 7;

  private WarmLists() {}

  /** Prints the seconds of each round in a line. */
  public static void main(String[] arguments) throws Exception {
    Path kubeconfig = Path.of(arguments[0]);
    try (KubernetesClient client =
        KubernetesAccess.from(Map.of(), kubeconfig).withKubeconfig(kubeconfig).open("bench")) {
      Interner interner = new Interner();
      for (int round = 0; round < ROUNDS; round++) {
        System.out.println(seconds(client, interner));
      }
    }
    System.exit(0);
  }

  private static double seconds(KubernetesClient client, Interner interner)
      throws InterruptedException {
    CountDownLatch listed = new CountDownLatch(RESOURCES);
    WatchListener listener =
        new WatchListener() {
          @Override
          public void listed(String resource, Duration took) {
            listed.countDown();
          }

          @Override
          public void restarted(String resource) {}
        };
    long began = System.nanoTime();
    try (ClusterWatch cluster = new ClusterWatch(client, interner, 0, listener)) {
      cluster.start();
      cluster.watchEvents(true);
      if (!listed.await(5, TimeUnit.MINUTES)) {
        throw new IllegalStateException("not listed: " + cluster.problems());
      }
      return (System.nanoTime() - began) / 1e9;
    }
  }
}
