package com.mloptimizer.agent.core.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelSelectorTest {

  /** What Kubernetes' own labels.Parse makes of the same texts. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=web                        | app=web             | true",
        "app=web                        | app=api             | false",
        "app=web                        | ''                  | false",
        "app==web                       | app=web             | true",
        "app = web                      | app=web             | true",
        "app=                           | app=                | true",
        "app=                           | app=web             | false",
        "app=                           | ''                  | false",
        "app!=web                       | app=web             | false",
        "app!=web                       | app=api             | true",
        "app!=web                       | ''                  | true",
        "app                            | app=                | true",
        "app                            | tier=web            | false",
        "!app                           | tier=web            | true",
        "! app                          | app=web             | false",
        "app in (web,api)               | app=api             | true",
        "app in ( web , api )           | app=web             | true",
        "app in(web)                    | app=web             | true",
        "app in (web,)                  | app=                | true",
        "app in (web)                   | ''                  | false",
        "app notin (web,api)            | app=api             | false",
        "app notin (web,api)            | app=db              | true",
        "app notin (web,api)            | ''                  | true",
        "app=web,tier!=cache            | app=web             | true",
        "app=web,tier!=cache            | app=web;tier=cache  | false",
        "app in (a,b),!canary,tier      | app=b;tier=x        | true",
        "app in (a,b),!canary,tier      | app=b;tier=x;canary= | false",
        "app.kubernetes.io/name=web     | app.kubernetes.io/name=web | true",
        "example.com/a_b-c.d in (E_f.g) | example.com/a_b-c.d=E_f.g  | true",
        "in in (notin)                  | in=notin            | true",
      })
  void selects_asKubernetesDoes(String selector, String labels, boolean selected) {
    assertThat(LabelSelector.parse(selector).selects(labels(labels))).isEqualTo(selected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "a,",
        ",a",
        "a,,b",
        "=web",
        "app=web=api",
        "app===web",
        "app=web api",
        "app in web",
        "app in ()",
        "app in (web",
        "app in (web))",
        "app notin",
        "app in",
        "app is web",
        "app>1",
        "app<1",
        "!app=web",
        "!!app",
        "app!web",
        "-app=web",
        "app=-web",
        "app=web-",
        "app=we/b",
        "/app=web",
        "example.com/=web",
        "Example.com/app=web",
        "a/b/c=web",
        "app=\u00e9",
        "a$=b",
        "sixty-four-characters-are-one-more-than-a-name-of-a-label-can-be=x",
        "app=sixty-four-characters-are-one-more-than-a-value-of-a-label-may-be"
      })
  void parse_whatKubernetesRefuses_isRefused(String selector) {
    assertThatThrownBy(() -> LabelSelector.parse(selector))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s).+");
  }

  @Test
  void nothing_selectsNothing() {
    assertThat(LabelSelector.nothing().selects(Map.of())).isFalse();
    assertThat(LabelSelector.nothing().selects(Map.of("app", "web"))).isFalse();
  }

  @Test
  void toString_isASelectorThatMeansTheSame() {
    LabelSelector selector =
        LabelSelector.parse("a in (1),b!=2,c in (y,x,),d notin (z,y),e,!f,example.com/g=");
    assertThat(selector).hasToString("a=1,b!=2,c in (,x,y),d notin (y,z),e,!f,example.com/g=");
    assertThat(LabelSelector.parse(selector.toString())).isEqualTo(selector);
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (String label : text.isEmpty() ? new String[0] : text.split(";", -1)) {
      labels.put(label.split("=", 2)[0], label.split("=", 2)[1]);
    }
    return labels;
  }
}
