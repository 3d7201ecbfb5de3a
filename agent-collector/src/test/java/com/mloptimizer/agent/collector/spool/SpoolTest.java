package com.mloptimizer.agent.collector.spool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SpoolTest {

  private static final long MAX_BYTES = 4096;
  private static final long SEGMENT_BYTES = 512;

  @TempDir Path folder;
  private final Losses losses = new Losses();

  private static final class Losses implements SpoolListener {
    private int evicted;
    private int damaged;

    @Override
    public void evicted(int entries) {
      evicted += entries;
    }

    @Override
    public void damaged(int entries, String where) {
      damaged += entries;
    }
  }

  @Test
  void append_several_areReadInOrderAndForgottenOnceRemoved() {
    try (Spool spool = spool()) {
      append(spool, "one", "two");

      assertThat(drain(spool)).containsExactly("one", "two");
      assertThat(spool.entries()).isZero();
      assertThat(spool.peek()).isEmpty();
    }
  }

  @Test
  void open_afterAKill_continuesWhereItWasDelivered() {
    Spool killed = spool();
    append(killed, "one", "two", "three");
    killed.remove(killed.peek().orElseThrow());
    // Closing writes nothing; all that a killed one leaves out is giving the lock back.
    killed.close();

    try (Spool next = spool()) {
      append(next, "four");
      assertThat(next.entries()).isEqualTo(3);
      assertThat(drain(next)).containsExactly("two", "three", "four");
    }
    try (Spool last = spool()) {
      assertThat(last.peek()).isEmpty();
    }
    assertThat(losses.damaged).isZero();
  }

  @Test
  void waitingBytes_asEntriesComeAndGo_countsWhatIsNotDelivered() {
    try (Spool spool = spool()) {
      append(spool, "one");
      long one = spool.waitingBytes();
      append(spool, "two");
      assertThat(spool.waitingBytes()).isGreaterThan(one).isLessThan(spool.bytes());
      drain(spool);
      assertThat(spool.waitingBytes()).isZero();
      assertThat(spool.bytes()).isPositive();
    }
  }

  @Test
  void open_damagedCursor_deliversAgain() throws IOException {
    try (Spool spool = spool()) {
      append(spool, "one", "two");
      spool.remove(spool.peek().orElseThrow());
    }
    byte[] cursor = Files.readAllBytes(folder.resolve("delivered"));
    cursor[9] ^= 1;
    Files.write(folder.resolve("delivered"), cursor);

    try (Spool spool = spool()) {
      assertThat(drain(spool)).containsExactly("one", "two");
    }
  }

  @Test
  void open_truncatedAtEveryOffset_keepsEveryWholeEntryAndTakesMore() throws IOException {
    try (Spool spool = spool()) {
      append(spool, "one", "two", "three");
    }
    byte[] whole = Files.readAllBytes(onlySegment());
    Path file = onlySegment();
    List<String> entries = List.of("one", "two", "three");

    for (int length = 0; length <= whole.length; length++) {
      clear();
      Files.write(file, Arrays.copyOf(whole, length));
      List<String> expected = new ArrayList<>();
      long end = Segment.START;
      for (String entry : entries) {
        end += Frame.HEADER_BYTES + entry.length();
        if (end <= length) {
          expected.add(entry);
        }
      }
      expected.add("next");
      try (Spool spool = spool()) {
        append(spool, "next");
        assertThat(drain(spool)).as("cut at %s", length).isEqualTo(expected);
      }
    }
  }

  @Test
  void open_tornTwice_findsTheDamageOnce() throws IOException {
    try (Spool spool = spool()) {
      append(spool, "one", "two");
    }
    Path file = onlySegment();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));

    for (int boot = 0; boot < 2; boot++) {
      try (Spool spool = spool()) {
        assertThat(spool.peek()).isPresent();
        assertThat(spool.entries()).isEqualTo(1);
      }
    }
    assertThat(losses.damaged).isEqualTo(1);
  }

  @Test
  void open_zeroesAtTheEnd_areOneLoss() throws IOException {
    try (Spool spool = spool()) {
      append(spool, "one", "two");
    }
    Path file = onlySegment();
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length + 400));

    try (Spool spool = spool()) {
      append(spool, "next");
      assertThat(drain(spool)).containsExactly("one", "two", "next");
    }
    assertThat(losses.damaged).isEqualTo(1);
  }

  @Test
  void open_anyBitFlipped_losesAtMostOneSegmentAndNeverInventsAnEntry() throws IOException {
    List<String> appended = new ArrayList<>();
    try (Spool spool = spool()) {
      for (int i = 0; i < 5; i++) {
        append(spool, "entry-" + i);
        appended.add("entry-" + i);
      }
    }
    Path file = onlySegment();
    byte[] whole = Files.readAllBytes(file);

    for (int bit = 0; bit < whole.length * 8; bit++) {
      clear();
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, damaged);
      try (Spool spool = spool()) {
        append(spool, "next");
        List<String> left = drain(spool);
        assertThat(left).as("bit %s", bit).endsWith("next").doesNotHaveDuplicates();
        assertThat(left.subList(0, left.size() - 1)).isSubsetOf(appended);
        boolean inPayload = bit / 8 >= Segment.START && (bit / 8 - Segment.START) % 15 >= 4;
        if (inPayload) {
          assertThat(left).as("bit %s", bit).hasSize(5);
        }
      }
    }
  }

  @Test
  void append_pastItsBound_dropsTheOldestAndCountsThem() {
    try (Spool spool = spool()) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String entry = "entry-%03d-".formatted(i) + "x".repeat(50);
        append(spool, entry);
        all.add(entry);
        assertThat(spool.bytes()).isLessThanOrEqualTo(MAX_BYTES);
      }

      List<String> left = drain(spool);
      assertThat(losses.evicted).isPositive();
      assertThat(left).hasSize(200 - losses.evicted);
      assertThat(all).endsWith(left.toArray(String[]::new));
    }
  }

  @Test
  void remove_ofAnEntryThatHadToGo_doesNothing() {
    try (Spool spool = spool()) {
      append(spool, "a".repeat(400));
      SpoolEntry first = spool.peek().orElseThrow();
      for (int i = 0; i < 20; i++) {
        append(spool, "b".repeat(400));
      }
      int waiting = spool.entries();

      spool.remove(first);

      assertThat(spool.entries()).isEqualTo(waiting);
      assertThat(drain(spool)).hasSize(waiting).doesNotContain("a".repeat(400));
    }
  }

  @Test
  void append_folderCannotBeMade_isDroppedWithTheReason_andRecovers() throws IOException {
    Path blocked = folder.resolve("file");
    Files.writeString(blocked, "in the way");
    try (Spool spool = new Spool(blocked, MAX_BYTES, SEGMENT_BYTES, losses, SpoolFile::open)) {
      assertThat(spool.append("lost".getBytes(UTF_8)))
          .isInstanceOfSatisfying(
              AppendOutcome.Dropped.class,
              dropped -> assertThat(dropped.reason()).contains(blocked.toString()));
      assertThat(spool.peek()).isEmpty();

      Files.delete(blocked);
      append(spool, "kept");
      assertThat(drain(spool)).containsExactly("kept");
    }
  }

  @Test
  void append_diskFull_isDroppedWithTheReason_keepsTheRestAndRecovers() {
    QuotaDisk disk = new QuotaDisk(220);
    try (Spool spool = new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, disk)) {
      append(spool, "first");
      for (int i = 0; i < 500; i++) {
        assertThat(spool.append("x".repeat(300).getBytes(UTF_8)))
            .isInstanceOfSatisfying(
                AppendOutcome.Dropped.class,
                dropped -> assertThat(dropped.reason()).contains("No space left on device"));
      }
      assertThat(disk.open()).as("files left open by what failed").isEqualTo(2);
      append(spool, "small");

      disk.free(10_000);
      append(spool, "y".repeat(300));

      assertThat(drain(spool)).containsExactly("first", "small", "y".repeat(300));
      assertThat(losses.damaged).isZero();
    }
  }

  @Test
  void append_diskFullOfWhatIsDelivered_takesItsPlace() {
    QuotaDisk disk = new QuotaDisk(450);
    try (Spool spool = new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, disk)) {
      append(spool, "x".repeat(400));
      assertThat(spool.append("y".repeat(400).getBytes(UTF_8)))
          .isInstanceOf(AppendOutcome.Dropped.class);
      drain(spool);

      append(spool, "y".repeat(400));
      assertThat(drain(spool)).containsExactly("y".repeat(400));
    }
    try (Spool spool = spool()) {
      assertThat(spool.peek()).isEmpty();
    }
  }

  @Test
  void append_notEvenRoomForASegment_leavesNothingBehind() throws IOException {
    QuotaDisk disk = new QuotaDisk(23);
    try (Spool spool = new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, disk)) {
      for (int i = 0; i < 100; i++) {
        assertThat(spool.append("x".getBytes(UTF_8))).isInstanceOf(AppendOutcome.Dropped.class);
      }
      assertThat(disk.open()).as("but the cursor's file").isEqualTo(1);
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files.filter(file -> Segment.numberOf(file).isPresent())).isEmpty();
      }

      disk.free(1000);
      append(spool, "kept");
      assertThat(drain(spool)).containsExactly("kept");
    }
  }

  @Test
  void append_folderInUse_isDroppedUntilTheOtherEnds() {
    try (Spool second = spool()) {
      try (Spool first = spool()) {
        append(first, "one");

        assertThat(second.append("two".getBytes(UTF_8)))
            .isInstanceOfSatisfying(
                AppendOutcome.Dropped.class,
                dropped -> assertThat(dropped.reason()).contains("in use by another process"));
        assertThat(second.peek()).isEmpty();
        assertThat(first.peek()).isPresent();
      }

      append(second, "three");
      assertThat(drain(second)).containsExactly("one", "three");
    }
  }

  @Test
  void everything_threadInterrupted_worksAndLosesNothing() {
    try (Spool spool = spool()) {
      append(spool, "one");
      Thread.currentThread().interrupt();
      append(spool, "two");
      assertThat(spool.peek()).isPresent();
      assertThat(drain(spool)).containsExactly("one", "two");
      assertThat(Thread.interrupted()).as("nobody took the interrupt").isTrue();

      append(spool, "three");
    }
    Thread.currentThread().interrupt();
    try (Spool next = spool()) {
      assertThat(drain(next)).containsExactly("three");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(losses.damaged).isZero();
  }

  @Test
  void remove_positionCannotBeWritten_readsTheNextSegmentFromItsBeginning() {
    QuotaDisk disk = new QuotaDisk(100_000);
    try (Spool spool = new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, disk)) {
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        all.add(i + "-" + "x".repeat(200));
      }
      append(spool, all.toArray(String[]::new));
      disk.cannotWrite(file -> file.endsWith("delivered"));

      assertThat(drain(spool)).isEqualTo(all);
      assertThat(losses.damaged).isZero();
    }
  }

  @Test
  void remove_diskFullFromTheBeginning_isRememberedAllTheSame() {
    try (Spool spool = spool()) {
      append(spool, "one", "two");
    }
    QuotaDisk full = new QuotaDisk(0);
    try (Spool spool = new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, full)) {
      spool.remove(spool.peek().orElseThrow());
    }
    try (Spool spool = spool()) {
      assertThat(drain(spool)).containsExactly("two");
    }
  }

  @Test
  void peek_segmentUnreadable_isSetAsideAndTheNextOnesAreNot() {
    QuotaDisk disk = new QuotaDisk(100_000);
    try (Spool spool = new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, disk)) {
      append(spool, "a".repeat(300), "b".repeat(300), "c".repeat(300), "d".repeat(300));
      disk.cannotRead(file -> Segment.numberOf(file).equals(Optional.of(1L)));

      assertThat(spool.peek()).isEmpty();
      assertThat(drain(spool)).containsExactly("c".repeat(300), "d".repeat(300));
      assertThat(losses.damaged).isEqualTo(2);
      assertThat(folder.resolve("bad")).exists();
      append(spool, "next");
      assertThat(drain(spool)).containsExactly("next");
    }
  }

  @Test
  void open_segmentsGoneButNotTheCursor_deliversWhatComesAfter() throws IOException {
    try (Spool spool = spool()) {
      for (int i = 0; i < 10; i++) {
        append(spool, "x".repeat(300));
      }
      drain(spool);
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> Segment.numberOf(each).isPresent()).toList()) {
        Files.delete(file);
      }
    }
    try (Spool spool = spool()) {
      append(spool, "new");
    }
    try (Spool spool = spool()) {
      assertThat(drain(spool)).containsExactly("new");
    }
  }

  @Test
  void append_evictsAnEntryThatIsBeingDelivered_doesNotCountItAsLost() {
    try (Spool spool = spool()) {
      append(spool, "a".repeat(400));
      SpoolEntry inHand = spool.peek().orElseThrow();
      int appended = 1;
      while (losses.evicted == 0 && appended < 50) {
        append(spool, "b".repeat(400));
        appended++;
      }
      spool.remove(inHand);

      assertThat(spool.entries() + losses.evicted + 1).isEqualTo(appended);
    }
  }

  @Test
  void append_tooLong_isDropped() {
    try (Spool spool = spool()) {
      assertThat(spool.append(new byte[3000])).isInstanceOf(AppendOutcome.Dropped.class);
    }
  }

  @Test
  void open_foreignFileAmongThem_isSetAside() throws IOException {
    Files.writeString(folder.resolve("segment-%018d.log".formatted(7)), "something else");
    Files.writeString(folder.resolve("readme"), "not ours");

    try (Spool spool = spool()) {
      append(spool, "one");
      assertThat(drain(spool)).containsExactly("one");
    }
    assertThat(folder.resolve("bad")).hasContent("something else");
    assertThat(folder.resolve("readme")).exists();
    assertThat(losses.damaged).isEqualTo(1);
  }

  @Test
  void await_emptySpool_wakesUpForAnEntry() throws Exception {
    try (Spool spool = spool()) {
      CompletableFuture<Optional<SpoolEntry>> entry =
          CompletableFuture.supplyAsync(() -> {
            try {
              return spool.await(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
      append(spool, "one");

      assertThat(entry.get(20, TimeUnit.SECONDS)).isPresent();
    }
  }

  private Spool spool() {
    return new Spool(folder, MAX_BYTES, SEGMENT_BYTES, losses, SpoolFile::open);
  }

  private static void append(Spool spool, String... entries) {
    for (String entry : entries) {
      assertThat(spool.append(entry.getBytes(UTF_8))).isInstanceOf(AppendOutcome.Appended.class);
    }
  }

  private static List<String> drain(Spool spool) {
    List<String> entries = new ArrayList<>();
    for (Optional<SpoolEntry> entry = spool.peek(); entry.isPresent(); entry = spool.peek()) {
      entries.add(new String(entry.get().payload(), UTF_8));
      spool.remove(entry.get());
    }
    return entries;
  }

  private Path onlySegment() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> Segment.numberOf(file).isPresent()).findFirst().orElseThrow();
    }
  }

  private void clear() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
