package com.mloptimizer.agent.deploy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** The chart's values with their defaults and with what the comments above them say. */
final class ValuesTable {
  private static final Pattern KEY = Pattern.compile("^( *)([A-Za-z0-9_]+):.*");
  private static final String MARK = "# -- ";

  private final Manifest defaults;
  private final JsonMapper json = new JsonMapper();
  private final List<String> rows = new ArrayList<>();

  /** Keys that lead to the current line, with their indentations. */
  private final Deque<Step> path = new ArrayDeque<>();

  private record Step(int indentation, String key) {}

  private ValuesTable(Manifest defaults) {
    this.defaults = defaults;
  }

  /** Reads values.yaml; {@code # --} begins a description. */
  static ValuesTable of(String yaml) {
    ValuesTable table = new ValuesTable(Manifest.parse(yaml).getFirst());
    String description = "";
    for (String line : yaml.lines().toList()) {
      Matcher key = KEY.matcher(line);
      if (line.strip().startsWith(MARK)) {
        description = line.strip().substring(MARK.length());
      } else if (key.matches()) {
        table.enter(new Step(key.group(1).length(), key.group(2)));
        if (!description.isEmpty()) {
          table.add(description);
        }
        description = "";
      }
    }
    return table;
  }

  private void enter(Step step) {
    while (!path.isEmpty() && path.getLast().indentation() >= step.indentation()) {
      path.removeLast();
    }
    path.addLast(step);
  }

  private void add(String description) {
    Object[] keys = path.stream().map(Step::key).toArray();
    rows.add(
        "| `%s` | `%s` | %s |"
            .formatted(
                String.join(".", path.stream().map(Step::key).toList()),
                json.writeValueAsString(defaults.at(keys)),
                description.replace("|", "\\|")));
  }

  String markdown() {
    return "| Value | Default | Meaning |\n|---|---|---|\n" + String.join("\n", rows) + "\n";
  }
}
