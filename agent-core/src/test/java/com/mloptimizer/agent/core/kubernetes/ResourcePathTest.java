package com.mloptimizer.agent.core.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

final class ResourcePathTest {

  @Test
  void toString_groupAndSubresource_isTheApiPath() {
    assertThat(
            ResourcePath.group("apps", "v1", "deployments")
                .namespace("shop")
                .name("web")
                .subresource("scale"))
        .hasToString("/apis/apps/v1/namespaces/shop/deployments/web/scale");
    assertThat(ResourcePath.core("nodes")).hasToString("/api/v1/nodes");
    assertThat(ResourcePath.raw("/version")).hasToString("/version");
  }

  @Test
  void name_withSlashesAndQuery_staysOneSegment() {
    assertThat(ResourcePath.core("pods").namespace("a").name("../b?c=d&e f%é"))
        .hasToString("/api/v1/namespaces/a/pods/..%2Fb%3Fc%3Dd%26e%20f%25%C3%A9");
  }

  @Test
  void name_thatLeavesItsPlace_isRefused() {
    ResourcePath pods = ResourcePath.core("pods");
    assertThatThrownBy(() -> pods.name("..")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> pods.namespace("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ResourcePath.raw("/a?b")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void dryRun_deleteWithOptions_goesIntoQueryAndBody() {
    ObjectNode options = JsonNodeFactory.instance.objectNode().put("gracePeriodSeconds", 5);

    ApiRequest request = ApiRequest.delete(ResourcePath.core("nodes").name("n"), options).dryRun();

    assertThat(request.target()).isEqualTo("/api/v1/nodes/n?dryRun=All");
    assertThat(new String(request.body().orElseThrow(), UTF_8))
        .isEqualTo("{\"gracePeriodSeconds\":5,\"dryRun\":[\"All\"]}");
    assertThat(options.has("dryRun")).isFalse();
  }

  @Test
  void body_changedAfterwards_isNotChangedInTheRequest() {
    ObjectNode patch = JsonNodeFactory.instance.objectNode().put("a", 1);
    ApiRequest request = ApiRequest.mergePatch(ResourcePath.core("nodes").name("n"), patch);

    patch.put("a", 2);

    assertThat(new String(request.body().orElseThrow(), UTF_8)).isEqualTo("{\"a\":1}");
    assertThat(request.contentType()).isEqualTo("application/merge-patch+json");
  }
}
