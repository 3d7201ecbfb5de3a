package com.mloptimizer.agent.core.kubernetes;

import io.kubernetes.client.openapi.ApiClient;
import java.util.HashMap;

/**
 * The official client without its typed models, which are not used here: registering the adapters
 * of all 768 of them takes time at every start and memory for good.
 */
final class ConnectionOnlyApiClient extends ApiClient {

  @Override
  protected void init() {
    verifyingSsl = true;
    authentications = new HashMap<>();
  }
}
