"""Names in the sections of the gateway that are nobody's."""

from __future__ import annotations

from pathlib import Path

from evenkeel.org.config.read import check


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "evenkeel.yaml"
    path.write_text(text, encoding="utf-8")
    return [str(problem) for problem in check(path, {})[1]]


def test_names_that_are_nobodys_are_told_at_once_where_they_stand(tmp_path: Path) -> None:
    said = problems(
        tmp_path,
        """upstreams:
  openai: {url: 'https://api.openai.com/v1', dialect: openai}
gateway:
  routes:
    bot:
      versions:
        v1: {weight: 0, upstreams: [opnai]}
        v2: {weight: '0', upstreams: [openai, openai]}
      fallback: [v3]
      shadow: {version: w1, share: 5 %}
      models:
        - {name: short, model: small}
        - {name: short, model: smaller}
    same:
      service: bot
      versions: {v1: {upstreams: [openai], wieght: 3}}
  limits:
    care: {holder: team, measure: requests, period: day, amount: 5, currncy: EUR}
""",
    )
    assert [line.split(": ", 2)[::2] for line in said] == [
        ["evenkeel.yaml:6:7", "all weights are 0, so that nothing answers; give one version a weight above 0"],
        ["evenkeel.yaml:7:37", "there is no upstream 'opnai'; did you mean openai?"],
        ["evenkeel.yaml:8:47", "'openai' stands here twice; name each once"],
        ["evenkeel.yaml:9:18", "there is no version 'v3'; known: v1, v2"],
        ["evenkeel.yaml:10:16", "there is no version 'w1'; known: v1, v2"],
        ["evenkeel.yaml:13:12", "'short' is the name of a rule above; write another"],
        ["evenkeel.yaml:14:5", "bot in production has a route already: bot; write another `environment`"],
        ["evenkeel.yaml:16:44", "there is no such key; did you mean weight?"],
        ["evenkeel.yaml:18:69", "there is no such key; did you mean currency?"],
    ]
