package com.mloptimizer.agent.core.protocol;

/** An id. */
public record ActionId(String value) {}
