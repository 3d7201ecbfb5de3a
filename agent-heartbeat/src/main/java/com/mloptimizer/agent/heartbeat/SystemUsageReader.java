package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.SystemUsage;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the agent uses from the kernel's files: processors and memory of its cgroup (version 1
 * or 2), of the machine where there is none; the network namespace's interfaces without loopback;
 * the disk that the spool is on; and its own process. What cannot be read, on another system than
 * Linux for example, is 0. A use of processors is that since the reading before, the first is 0.
 * Safe for use by several threads.
 *
 * <p>Sources: proc(5), Linux's admin-guide/cgroup-v2 and admin-guide/cgroup-v1.
 */
public final class SystemUsageReader implements Supplier<SystemUsage> {
  private static final long NANOS_PER_TICK = 10_000_000;

  private final KernelFiles files;
  private final Cgroup cgroup;
  private final Path spool;
  private final IntSupplier processors;

  // Both are guarded by this.
  private final UsageRate allProcessors;
  private final UsageRate ownProcess;

  /** Reads this machine. */
  public SystemUsageReader(Path spool) {
    this(Path.of("/"), spool, Runtime.getRuntime()::availableProcessors, Ticker.system());
  }

  /**
   * Reads a tree of files.
   *
   * @param root under which {@code proc} and {@code sys} are
   * @param spool the folder whose disk is reported; it need not exist yet
   * @param processors how many the process can use if no quota says less
   */
  SystemUsageReader(Path root, Path spool, IntSupplier processors, Ticker ticker) {
    this.files = new KernelFiles(root);
    this.cgroup = new Cgroup(files);
    this.spool = spool.toAbsolutePath();
    this.processors = processors;
    this.allProcessors = new UsageRate(ticker);
    this.ownProcess = new UsageRate(ticker);
  }

  /** What is used now. */
  @Override
  public synchronized SystemUsage get() {
    return new SystemUsage(cpu(), memory(), disk(), network(), process());
  }

  /** The processor time that was used so far, in seconds; what {@link #get} makes a rate of. */
  double cpuSeconds() {
    return cpuNanos().orElse(0) / 1e9;
  }

  private OptionalLong cpuNanos() {
    OptionalLong used = cgroup.cpuNanos();
    return used.isPresent() ? used : machineCpuNanos();
  }

  private SystemUsage.Cpu cpu() {
    double count = Math.min(cgroup.cpuQuota().orElse(Double.MAX_VALUE), processors.getAsInt());
    OptionalLong used = cpuNanos();
    double busy = used.isPresent() ? allProcessors.busy(used.getAsLong()) : 0;
    return new SystemUsage.Cpu(percent(Math.min(busy, count), count), rounded(count, 100));
  }

  /** All but idle and waiting for disks, of the first line of {@code /proc/stat}. */
  private OptionalLong machineCpuNanos() {
    Optional<String[]> times = files.line("proc/stat", "cpu ").map(line -> line.split(" +", -1));
    if (times.isEmpty()) {
      return OptionalLong.empty();
    }
    long ticks = 0;
    String[] columns = times.get();
    // user nice system idle iowait irq softirq steal; guests are part of user.
    for (int i = 1; i < Math.min(columns.length, 9); i++) {
      ticks += i == 4 || i == 5 ? 0 : KernelFiles.number(columns[i]).orElse(0);
    }
    return OptionalLong.of(ticks * NANOS_PER_TICK);
  }

  private SystemUsage.Memory memory() {
    long machine = files.bytesOf("proc/meminfo", "MemTotal:").orElse(0);
    OptionalLong limit = cgroup.memoryLimit();
    long total =
        limit.isPresent() && (machine == 0 || limit.getAsLong() < machine)
            ? limit.getAsLong()
            : machine;
    OptionalLong cgroupUsed = cgroup.memoryUsed();
    long used =
        cgroupUsed.isPresent()
            ? cgroupUsed.getAsLong()
            : machine - files.bytesOf("proc/meminfo", "MemAvailable:").orElse(machine);
    return new SystemUsage.Memory(total, used, percent((double) used, (double) total));
  }

  private SystemUsage.Disk disk() {
    @Nullable Path folder = spool;
    while (folder != null && !Files.exists(folder)) {
      folder = folder.getParent();
    }
    if (folder == null) {
      return new SystemUsage.Disk(0, 0, 0);
    }
    try {
      FileStore store = Files.getFileStore(folder);
      long total = store.getTotalSpace();
      long used = total - store.getUnallocatedSpace();
      return new SystemUsage.Disk(total, used, percent((double) used, (double) total));
    } catch (IOException e) {
      // A volume that went away is the spool's to complain about.
      return new SystemUsage.Disk(0, 0, 0);
    }
  }

  private SystemUsage.Network network() {
    long sent = 0;
    long received = 0;
    for (String line : files.lines("proc/self/net/dev")) {
      int colon = line.indexOf(':');
      if (colon < 0 || line.substring(0, colon).strip().equals("lo")) {
        continue;
      }
      String[] columns = line.substring(colon + 1).strip().split("\\s+", -1);
      if (columns.length >= 9) {
        received += KernelFiles.number(columns[0]).orElse(0);
        sent += KernelFiles.number(columns[8]).orElse(0);
      }
    }
    return new SystemUsage.Network(sent, received);
  }

  private SystemUsage.OwnProcess process() {
    long resident = files.bytesOf("proc/self/status", "VmRSS:").orElse(0);
    String stat = files.content("proc/self/stat").orElse("");
    // The name of the program, in parentheses, may contain anything.
    String[] columns = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    if (columns.length < 13) {
      return new SystemUsage.OwnProcess(resident, 0);
    }
    long ticks =
        KernelFiles.number(columns[11]).orElse(0) + KernelFiles.number(columns[12]).orElse(0);
    double busy = ownProcess.busy(ticks * NANOS_PER_TICK);
    return new SystemUsage.OwnProcess(resident, percent(busy, 1));
  }

  private static double percent(double part, double whole) {
    return whole > 0 ? rounded(100 * part / whole, 10) : 0;
  }

  private static double rounded(double value, int parts) {
    return Math.round(value * parts) / (double) parts;
  }
}
