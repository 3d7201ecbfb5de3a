package com.mloptimizer.agent.main;

import picocli.CommandLine.IVersionProvider;

/** The version of this build, as its jar says. */
final class Version implements IVersionProvider {

  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"kubernetes-agent " + current(), "Java " + Runtime.version()};
  }
}
