/**
 * Makes the image's root file system: a Java runtime of the modules that are used, the agent's
 * JARs, the few libraries of the system that a JVM needs, and an AOT cache. The cache comes from a
 * training run: the agent at work between an embedded cluster and a reference backend. What is here
 * runs in the build; none of it is in the image.
 */
package com.mloptimizer.agent.deploy;
