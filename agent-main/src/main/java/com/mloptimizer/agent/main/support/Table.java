package com.mloptimizer.agent.main.support;

import java.util.ArrayList;
import java.util.List;

/** Columns of text, as wide as they must be; the last one may be as long as it likes. */
public final class Table {
  /** How far the columns are apart. */
  private static final int GAP = 2;

  private final List<List<String>> rows = new ArrayList<>();

  /** An empty table. */
  public Table() {}

  /** Adds a row. */
  public Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  @Override
  public String toString() {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int column = 0; column < row.size(); column++) {
        if (column == widths.size()) {
          widths.add(0);
        }
        widths.set(column, Math.max(widths.get(column), row.get(column).length()));
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        line.append(String.format("%-" + (widths.get(column) + GAP) + "s", row.get(column)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
