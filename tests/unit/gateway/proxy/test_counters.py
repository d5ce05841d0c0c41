"""Counters as Prometheus reads them."""

from __future__ import annotations

from evenkeel.gateway.proxy.counters import GatewayCounters


def test_counters_add_up_by_name_and_labels() -> None:
    counters = GatewayCounters()
    counters.add("requests_total", 'operation="chat",status="200"')
    counters.add("requests_total", 'operation="chat",status="200"', 2)
    counters.add("requests_total", 'operation="chat",status="503"')
    lines = counters.render({}).splitlines()
    assert 'evenkeel_gateway_requests_total{operation="chat",status="200"} 3' in lines
    assert 'evenkeel_gateway_requests_total{operation="chat",status="503"} 1' in lines
    assert lines.count("# TYPE evenkeel_gateway_requests_total counter") == 1


def test_every_line_ends() -> None:
    assert GatewayCounters().render({"open": 0}).endswith("evenkeel_gateway_open 0\n")


def test_a_gauge_of_several_labels_is_declared_once() -> None:
    lines = GatewayCounters().render({'breaker{upstream="a"}': 1, 'breaker{upstream="b"}': 1}).splitlines()
    assert lines[1:] == [
        "# TYPE evenkeel_gateway_breaker gauge",
        'evenkeel_gateway_breaker{upstream="a"} 1',
        'evenkeel_gateway_breaker{upstream="b"} 1',
    ]
