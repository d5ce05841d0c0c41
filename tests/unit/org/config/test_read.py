"""All errors at once, with file:line and the nearest valid key (DESIGN §8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.org.config.fields import parse_quantity
from evenkeel.org.config.model import Config, json_schema
from evenkeel.org.config.objectives import IndicatorRule
from evenkeel.org.config.read import BYTES_MAX, check, load

INDICATORS = {
    "latency_p95": IndicatorRule("s", larger_is_worse=True, target=2.0, alert=3.0),
    "error_rate": IndicatorRule("ratio", larger_is_worse=True, target=0.001, alert=0.005),
    "availability": IndicatorRule("ratio", larger_is_worse=False, target=0.999, alert=0.995),
}


def write(tmp_path: Path, text: str, name: str = "evenkeel.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("probes: {front: {service: shop, htp: {url: 'https://shop.example'}}}", "did you mean http?"),
        ("probes: {front: {service: shop, http: {ur: 'https://shop.example'}}}", "did you mean url?"),
        ("probes: {front: {service: shop, golden: {url: 'https://a', ask: x, answer_contain: [y]}}}",
         "did you mean answer_contains?"),
        ("probes: {front: {service: shop, http: {url: 'https://a', expect: {stats: [200]}}}}", "did you mean status?"),
        ("sources: {prometheus: {url: 'http://a', evry: 1m}}", "did you mean every?"),
        ("judges: {grounded: {url: 'http://a', modl: m}}", "did you mean model?"),
    ],
)  # fmt: skip
def test_probes_and_sources_name_the_nearest_key(tmp_path: Path, text: str, expected: str) -> None:
    _, problems = check(write(tmp_path, text), INDICATORS)
    assert any(problem.message.endswith(expected) for problem in problems), problems


def test_every_problem_is_reported_at_once_where_it_stands(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """services:
  bot:
    kind: ragg
    ownr: me
    heartbeat_every: 5x
    objectives:
      latncy_p95: {target: 1 s}
      latency_p95: {target: 4 s, alert: 3 s}
      error_rate: {target: 5, alrt: 1 %}
  bot: {}
prices:
  x: {input: -1, output: 2}
org: {timezone: Mars/One}
retention: {event: 3}
""",
    )
    _, problems = check(path, INDICATORS)
    lines = [str(problem) for problem in problems]
    for expected in (
        "evenkeel.yaml:3:5: services.bot.kind: input should be",
        "evenkeel.yaml:4:5: services.bot.ownr: there is no such key; did you mean owner?",
        "evenkeel.yaml:5:5: services.bot.heartbeat_every: '5x' is not a duration",
        "evenkeel.yaml:7:7: services.bot.objectives.latncy_p95: there is no such indicator; did you mean latency_p95?",
        "evenkeel.yaml:8:34: services.bot.objectives.latency_p95.alert: the alert (3) must not be stricter",
        "evenkeel.yaml:9:20: services.bot.objectives.error_rate.target: 5 is a share above 100 %",
        "evenkeel.yaml:9:31: services.bot.objectives.error_rate.alrt: there is no such key; did you mean alert?",
        "evenkeel.yaml:10:3: services.bot: this key stands here twice",
        "evenkeel.yaml:12:7: prices.x.input: input should be greater than or equal to 0",
        "evenkeel.yaml:13:7: org.timezone: 'Mars/One' is no time zone",
        "evenkeel.yaml:14:13: retention.event: there is no such key; did you mean events?",
    ):
        assert any(line.startswith(expected) for line in lines), (expected, lines)
    assert len(lines) == 11


def test_a_good_configuration_reads_as_people_write_it(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """services:
  bot:
    capacity: {requests_per_minute: 120}
    heartbeat_every: 1m
    objectives:
      error_rate: {target: 0.5 %, alert: 1 %}
      latency_p95: {target: 900 ms}
""",
    )
    bot = load(path, INDICATORS).services["bot"]
    assert bot.heartbeat_every == 60
    assert (bot.objectives["error_rate"].target, bot.objectives["error_rate"].alert) == (0.005, 0.01)
    assert (bot.objectives["latency_p95"].target, bot.objectives["latency_p95"].alert) == (0.9, None)


def test_files_of_a_folder_add_up_and_contradictions_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "evenkeel.d"
    folder.mkdir()
    write(folder, "services: {a: {owner: x}}", "a.yaml")
    write(folder, "services: {b: {owner: y}, a: {owner: z, team: t}}", "b.yaml")
    config, problems = check(folder, INDICATORS)
    assert set(config.services) == {"a", "b"}
    assert [problem.message for problem in problems] == ["this is said in two files"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", "not YAML"),
        ("- 1", "a configuration is a mapping"),
        ("a: &x {b: 1}\nc: *x", "aliases"),
        ("services: 7", "valid dictionary"),
        ("# " + "x" * BYTES_MAX, "bytes"),
    ],
)
def test_files_that_are_no_configuration_are_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        load(write(tmp_path, text), INDICATORS)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "evenkeel.yaml").write_bytes(b"a: \xff")
    _, (problem,) = check(tmp_path / "evenkeel.yaml", INDICATORS)
    assert "UTF-8 at byte 3" in problem.message


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    config = load(tmp_path / "evenkeel.yaml", INDICATORS)
    assert config.admission.environments == ("production",)
    assert config.retention.events == 30


@pytest.mark.parametrize(("text", "value"), [("99.9 %", 0.999), ("2s", 2.0), ("500 ms", 0.5), (0.25, 0.25), ("7", 7.0)])
def test_quantities_are_exact(text: object, value: float) -> None:
    assert parse_quantity(text) == value


def test_a_time_is_no_target_for_a_share_and_a_share_none_for_a_time(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "services: {bot: {objectives: {latency_p95: {target: 0.1 %}, error_rate: {target: 500 ms, alert: 900 ms}}}}",
    )
    assert [(problem.path.partition("objectives.")[2], problem.message) for problem in check(path, INDICATORS)[1]] == [
        ("latency_p95.target", "'0.1 %' does not fit this indicator; write a time, e.g. 2 s or 500 ms"),
        ("error_rate.target", "'500 ms' does not fit this indicator; write a share, e.g. 0.1 % or 99.9 %"),
        ("error_rate.alert", "'900 ms' does not fit this indicator; write a share, e.g. 0.1 % or 99.9 %"),
    ]


def test_words_that_yaml_reads_as_something_else_are_taken_as_they_were_meant(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "services: {bot: {content: on}, web: {content: off}}\nprices: {m: {input: 1, output: 2, since: 2026-01-01}}",
    )
    config, problems = check(path, INDICATORS)
    assert problems == []
    assert [config.services["bot"].content, config.services["web"].content] == ["on", "off"]
    assert config.prices["m"].since == "2026-01-01"


def test_the_schema_names_every_section() -> None:
    schema = json_schema(INDICATORS)
    assert set(schema["properties"]) == set(Config.model_fields)
    objectives = schema["$defs"]["ServiceConfig"]["properties"]["objectives"]
    assert objectives["propertyNames"] == {"enum": list(INDICATORS)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prices: {m: {input: 1, output: 1, since: 2026-13-45}}", "prices.m.since: '2026-13-45' is no date"),
        ("prices: {m: {input: 1, output: 1, since: '2026-02-30'}}", "'2026-02-30' is no day"),
        ("prices: {m: {input: .inf, output: 1}}", "prices.m.input: input should be"),
        ("prices: {m: {input: .nan, output: 1}}", "prices.m.input: input should be"),
        ("prices: {m: {input: 1e300, output: 1}}", "prices.m.input: input should be less than"),
        ("services: {b: {objectives: {latency_p95: {target: .inf}}}}", "target: input should be a finite number"),
        ("services: {b: {capacity: {requests_per_minute: .inf}}}", "input should be a finite number"),
        ("services: {b: {owner: !!python/name:os.system }}", "services.b.owner: tags"),
        ("services: {b: {owner: !!binary x}}", "services.b.owner: tags"),
        ("services: {b: {tier: !!int gold}}", "services.b.tier: 'gold' is no whole number"),
        ("services: {b: {heartbeat_every: 367d}}", "heartbeat_every: input should be less than or equal to 31622400"),
        ("services: {b: {heartbeat_every: " + "9" * 400 + "d}}", "heartbeat_every: input should be less than"),
        ("services: {'[b': {owner: [x]}}", "services.[b.owner: input should be a valid string"),
        ("services: {b: {tier: " + "9" * 5_000 + "}}", "is no whole number"),
        ("? [a, b]\n: 1", "a key is text"),
        ("a: " + "[" * 5_000, "nested too deep"),
        ("a: \x00", "not YAML"),
    ],
)
def test_values_that_mean_nothing_are_problems_with_their_place_and_never_a_crash(
    tmp_path: Path, text: str, says: str
) -> None:
    _, problems = check(write(tmp_path, text), INDICATORS)
    assert any(says in str(problem) for problem in problems), [str(problem)[:200] for problem in problems]
    assert all(problem.file == "evenkeel.yaml" and problem.line >= 1 for problem in problems)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused_with_a_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "evenkeel.yaml").write_bytes(b"services: {b: {owner: x, " + content)
    _, problems = check(tmp_path / "evenkeel.yaml", INDICATORS)
    assert all(str(problem).startswith("evenkeel.yaml:") for problem in problems)
    (tmp_path / "evenkeel.yaml").write_bytes(content)
    check(tmp_path / "evenkeel.yaml", INDICATORS)
