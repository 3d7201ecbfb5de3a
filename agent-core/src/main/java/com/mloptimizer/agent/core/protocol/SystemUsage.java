package com.mloptimizer.agent.core.protocol;

/** The {@code metrics} of a heartbeat; inside a container, cpu and memory are the container's. */
public record SystemUsage(Cpu cpu, Memory memory, Disk disk, Network network, OwnProcess process) {

  /** Use of the processors, 0–100 over all of them, and their number. */
  public record Cpu(double percent, double count) {}

  /** Bytes, and the used part in percent. */
  public record Memory(long total, long used, double percent) {}

  /** Bytes, and the used part in percent. */
  public record Disk(long total, long used, double percent) {}

  /** Bytes since the start of the network namespace, all interfaces but loopback. */
  public record Network(long bytesSent, long bytesReceived) {}

  /** The agent's own resident memory, and its use of one processor in percent. */
  public record OwnProcess(long memoryBytes, double cpuPercent) {}
}
