package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** Opens segments' files; {@code FileChannel::open}, but for tests of what a disk may do. */
@FunctionalInterface
interface SegmentFiles {

  FileChannel open(Path file, OpenOption... options) throws IOException;
}
