"""What a door counts about itself, in the text format of Prometheus."""

from __future__ import annotations

from evenkeel.observe.intake.counters import IntakeCounters


def test_counters_read_as_prometheus_reads_them() -> None:
    counters = IntakeCounters()
    counters.add("requests_total", 'path="/v1/events",status="200"')
    counters.add("requests_total", 'path="/v1/events",status="200"', 2)
    counters.add("bytes_total", amount=7)
    lines = counters.render(backlog_bytes=42).splitlines()
    assert 'evenkeel_intake_requests_total{path="/v1/events",status="200"} 3' in lines
    assert "evenkeel_intake_bytes_total 7" in lines
    assert "evenkeel_intake_backlog_bytes 42" in lines
    for name in {line.split(" ")[2] for line in lines if line.startswith("# TYPE")}:
        assert any(line.startswith(f"# HELP {name} ") for line in lines)


def test_a_counter_that_never_moved_is_announced_without_a_value() -> None:
    lines = IntakeCounters().render(0).splitlines()
    assert "# TYPE evenkeel_intake_rejected_total counter" in lines
    assert not any(line.startswith("evenkeel_intake_rejected_total") for line in lines)


def test_answers_are_counted_by_what_became_of_them() -> None:
    lines = IntakeCounters().render(0, {"evaluated": 3}).splitlines()
    assert 'evenkeel_intake_answers_total{result="evaluated"} 3' in lines
    assert 'evenkeel_intake_answers_total{result="over_budget"} 0' in lines
