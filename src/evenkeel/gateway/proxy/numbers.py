"""What a worker counted, and what is so right now, for who asks it alone."""

from __future__ import annotations

from collections.abc import Callable

from evenkeel.gateway.proxy.evaluating import VECTOR_RESULTS
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.observe.evaluators.evaluating import RESULTS


def render_numbers(worker: Worker, connections: Callable[[], int]) -> str:
    """All numbers of a worker, in Prometheus' text format; `connections` answers how many of callers are open."""
    told = {"open": worker.open.count, "connections": connections(), "held_bytes": worker.open.held_bytes}
    told["generation"] = worker.routes().generation
    told["limits_passed_total"] = 0 if worker.spending is None else worker.spending.passed
    kept = worker.cache.stats
    told |= {"cache_bytes": kept.bytes, "cache_bytes_max": kept.bytes_max, "cache_entries": kept.entries}
    told |= {"cache_hits_total": kept.hits, "cache_misses_total": kept.misses}
    told |= {"cache_evicted_total": kept.evicted, "cache_expired_total": kept.expired}
    if worker.evaluation is not None:
        counts = {**worker.evaluation.counts, "too_many": worker.evaluation.too_many}
        told |= {f'answers_total{{result="{each}"}}': counts.get(each, 0) for each in (*RESULTS, "too_many")}
        vectors = worker.evaluation.vectors
        told |= {f'vectors_total{{result="{each}"}}': vectors[each] for each in VECTOR_RESULTS}
    if worker.shared is not None:
        told |= worker.shared.gauges()
    for upstream, state in worker.breakers.left_alone(worker.clock.monotonic_s()).items():
        told[f'breaker{{upstream="{_escape(upstream)}",state="{state}"}}'] = 1
    return worker.counters.render(told)


def _escape(value: str) -> str:
    """A label's value as Prometheus wants it."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
