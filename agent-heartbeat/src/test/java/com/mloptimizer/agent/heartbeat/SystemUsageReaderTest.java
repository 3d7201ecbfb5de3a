package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.core.protocol.SystemUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemUsageReaderTest {
  @TempDir Path root;
  private final AtomicLong nanos = new AtomicLong();

  @BeforeEach
  void machine() throws IOException {
    write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
    write("proc/stat", "cpu  100 0 100 5000 50 0 0 0 0 0\n");
    write("proc/self/stat", "1 (a b) c) S 0 0 0 0 0 0 0 0 0 0 30 20 0 0\n");
    write("proc/self/status", "Name: java\nVmRSS:     64 kB\n");
    write(
        "proc/self/net/dev",
        "Inter-| x\n face |bytes\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 70 1 0 0 0 0 0 0 50 1\n");
  }

  @Test
  void get_cgroupVersion2_isTheContainers() throws IOException {
    write("proc/self/cgroup", "0::/\n");
    write("sys/fs/cgroup/cgroup.controllers", "cpu memory");
    write("sys/fs/cgroup/cpu.stat", "usage_usec 1000000\n");
    write("sys/fs/cgroup/cpu.max", "50000 100000\n");
    write("sys/fs/cgroup/memory.current", "409600\n");
    write("sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 204800\n");
    write("sys/fs/cgroup/memory.max", "819200\n");
    SystemUsageReader reader = reader();
    reader.get();
    nanos.addAndGet(Duration.ofSeconds(10).toNanos());
    write("sys/fs/cgroup/cpu.stat", "usage_usec 2000000\n");
    write("proc/self/stat", "1 (a b) c) S 0 0 0 0 0 0 0 0 0 0 80 70 0 0\n");

    SystemUsage usage = reader.get();

    assertThat(usage.cpu()).isEqualTo(new SystemUsage.Cpu(20, 0.5));
    assertThat(usage.memory()).isEqualTo(new SystemUsage.Memory(819200, 204800, 25));
    assertThat(usage.network()).isEqualTo(new SystemUsage.Network(50, 70));
    assertThat(usage.process()).isEqualTo(new SystemUsage.OwnProcess(65536, 10));
    assertThat(usage.disk().total()).isPositive();
  }

  @Test
  void get_cgroupVersion1_isTheContainersWhateverPathIsNamed() throws IOException {
    write("proc/self/cgroup", "4:memory:/kubepods/x\n2:cpu,cpuacct:/kubepods/x\n0::/\n");
    write("sys/fs/cgroup/cpuacct/cpuacct.usage", "1000000000");
    write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000");
    write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", "409600");
    write("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 204800\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
    SystemUsageReader reader = reader();
    reader.get();
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    write("sys/fs/cgroup/cpuacct/cpuacct.usage", "1750000000");

    SystemUsage usage = reader.get();

    assertThat(usage.cpu()).isEqualTo(new SystemUsage.Cpu(50, 1.5));
    assertThat(usage.memory()).isEqualTo(new SystemUsage.Memory(1024000, 204800, 20));
  }

  @Test
  void get_noCgroup_isTheMachines() {
    SystemUsage usage = reader().get();

    assertThat(usage.cpu()).isEqualTo(new SystemUsage.Cpu(0, 4));
    assertThat(usage.memory()).isEqualTo(new SystemUsage.Memory(1024000, 614400, 60));
  }

  private SystemUsageReader reader() {
    return new SystemUsageReader(root, root.resolve("spool"), () -> 4, nanos::get);
  }

  private void write(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
