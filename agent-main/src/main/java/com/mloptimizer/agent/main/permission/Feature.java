package com.mloptimizer.agent.main.permission;

import java.util.List;

/**
 * Something that the agent does, and what it needs for it.
 *
 * @param name as the backend knows it: a capability such as {@code action:drain_node}, or {@code
 *     metrics}, {@code events}, {@code journal}
 * @param permissions all of which it needs
 */
public record Feature(String name, List<Permission> permissions) {
  public Feature {
    permissions = List.copyOf(permissions);
  }
}
