package com.mloptimizer.agent.core.action;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
  @ParameterizedTest
  @CsvSource({
    "Node, , a, v1, /api/v1/nodes/a",
    "Namespace, , a, v1, /api/v1/namespaces/a",
    "Pod, shop, a, v1, /api/v1/namespaces/shop/pods/a",
    "Deployment, shop, a, apps/v1, /apis/apps/v1/namespaces/shop/deployments/a",
    "StatefulSet, shop, a, apps/v1, /apis/apps/v1/namespaces/shop/statefulsets/a",
    "DaemonSet, shop, a, apps/v1, /apis/apps/v1/namespaces/shop/daemonsets/a",
    "ReplicaSet, shop, a, apps/v1, /apis/apps/v1/namespaces/shop/replicasets/a",
  })
  void path_eachKind_isWhereTheApiServerHasIt(
      String kind, @Nullable String namespace, String name, String apiVersion, String path) {
    Target target = new Target(kind, namespace, name);
    assertThat(target.apiVersion()).isEqualTo(apiVersion);
    assertThat(target.path()).hasToString(path);
    assertThat(target.isAction()).isFalse();
  }

  @Test
  void path_ofAnAction_isNotKnownHere() {
    Target action = Target.action(new ActionId("act-1"));
    assertThat(action.isAction()).isTrue();
    assertThat(action).hasToString("AgentAction/act-1");
    assertThatThrownBy(action::path).isInstanceOf(IllegalStateException.class);
  }
}
