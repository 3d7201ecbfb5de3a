package com.mloptimizer.agent.collector.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** A disk that takes so many bytes more, and writes what fits of a buffer before it fails. */
final class QuotaDisk implements SegmentFiles {

  private long left;
  private int open;

  QuotaDisk(long bytes) {
    this.left = bytes;
  }

  void free(long bytes) {
    left = bytes;
  }

  /** How many files are open. */
  int open() {
    return open;
  }

  @Override
  public FileChannel open(Path file, OpenOption... options) throws IOException {
    FileChannel channel = FileChannel.open(file, options);
    open++;
    return new QuotaChannel(channel);
  }

  private final class QuotaChannel extends FileChannel {
    private final FileChannel channel;

    QuotaChannel(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      long growth = position + source.remaining() - channel.size();
      if (growth <= left) {
        left -= Math.max(0, growth);
        return channel.write(source, position);
      }
      ByteBuffer fitting =
          source.slice(source.position(), (int) (source.remaining() - growth + left));
      left = 0;
      channel.write(fitting, position);
      throw new IOException("No space left on device");
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      left += Math.max(0, channel.size() - size);
      channel.truncate(size);
      return this;
    }

    @Override
    protected void implCloseChannel() throws IOException {
      open--;
      channel.close();
    }

    @Override
    public int read(ByteBuffer target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long position() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel position(long position) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void force(boolean metaData) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }
}
