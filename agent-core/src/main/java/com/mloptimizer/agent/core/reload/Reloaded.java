package com.mloptimizer.agent.core.reload;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last good reading of files that change. They are read again when the value is asked for and
 * the last reading is {@link #INTERVAL} old; no thread watches them, so that symbolic links that
 * are swapped, as Kubernetes does it, need no special care. A reading that fails leaves the value
 * as it was. Safe for use by several threads.
 *
 * @param <T> an immutable value; two that are equal make no difference
 */
public final class Reloaded<T> implements Supplier<T> {
  /** How old a reading may get. */
  public static final Duration INTERVAL = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(Reloaded.class);

  private final String what;
  private final Reader<T> reader;
  private final Ticker ticker;
  private final ReloadMetrics metrics;

  // Guarded by this.
  private T value;
  private long readNanos;
  private boolean failing;

  /**
   * Reads files.
   *
   * @param <T> what they spell
   */
  @FunctionalInterface
  public interface Reader<T> {

    /**
     * What the files spell now. Never called by two threads at once.
     *
     * @throws IOException if they cannot be read
     * @throws GeneralSecurityException if what they hold cannot be used
     * @throws IllegalArgumentException if what they hold cannot be used
     */
    T read() throws IOException, GeneralSecurityException;
  }

  /**
   * Reads for the first time.
   *
   * @param what for log lines; in lower case and with underscores it is the metric's label
   * @throws IOException if that fails
   * @throws GeneralSecurityException if that fails
   */
  public Reloaded(String what, Reader<T> reader, Ticker ticker, ReloadMetrics metrics)
      throws IOException, GeneralSecurityException {
    this.what = what;
    this.reader = reader;
    this.ticker = ticker;
    this.metrics = metrics;
    this.value = reader.read();
    this.readNanos = ticker.nanos();
  }

  @Override
  public synchronized T get() {
    if (ticker.nanos() - readNanos >= INTERVAL.toNanos()) {
      refresh();
    }
    return value;
  }

  /** What was read last, however old it is. */
  public synchronized T last() {
    return value;
  }

  /** Reads now, however young the last reading is. Never fails. */
  public synchronized void refresh() {
    readNanos = ticker.nanos();
    try {
      T read = reader.read();
      if (!read.equals(value)) {
        value = read;
        log.info("Read {} again, now in force: {}", what, read);
      } else if (failing) {
        log.info("Read {} again, unchanged", what);
      }
      failing = false;
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      metrics.failed(label());
      if (!failing) {
        log.warn("Could not read {} again, what was read before stays: {}", what, describe(e));
      }
      failing = true;
    }
  }

  private String label() {
    return what.toLowerCase(Locale.ROOT).replace(' ', '_');
  }

  private static String describe(Exception e) {
    // An I/O error's message is often no more than the path.
    return e instanceof IOException || e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
