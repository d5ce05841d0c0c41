"""Which rows count: the SQL that decides logical requests and attempts within a request's group.

One call seen by an application span, a framework span and two instrumentations is one request, paid
once (DESIGN §2). Within the events of one `request_id`:

1. Rows of role `request`, and `entry` rows of a route that was ever seen above AI work, are candidates;
   those of the best source rank that are not nested in another one are the logical requests. A row is
   nested in another when that is its direct parent, or when it lies within it in time and is not its
   sibling (spans between the two may be of no interest to us and missing).
2. Without candidates, every attempt that is no duplicate is a logical request.
3. Two attempts report the same call when one is the direct parent of the other, when both name the same
   response, or when they are twins: siblings of two dialects, one within the other in time, with the same
   provider, operation and tokens (some instrumentations do not make their span the current one). The lower
   source rank is believed, then the one that knows its cost, then the inner one; of twins always the same
   dialect, because parallel calls have several twins each.
"""

from __future__ import annotations

from typing import Final

#: Roles that play a part in a group; others never count as requests or attempts.
GROUPED_SQL: Final = "role IN ('request', 'entry', 'attempt', 'retrieval', 'tool')"

_MEMBER_COLUMNS: Final = (
    'event_id, "at", request_id, role, span_id, parent_id, response_id, source_rank, cost_nano, latency_s,'
    " environment, service, operation, provider, dialect, tokens_in, tokens_out, counts_request, counts_attempt"
)

#: Event times within which the rest of a group is looked for: no earlier than the start of its longest
#: span less five minutes, no later than an hour after its last. (A parent ends after its children.)
BOUNDS_SQL: Final = (
    'SELECT min("at" - to_microseconds(CAST(coalesce(latency_s, 0) * 1e6 AS BIGINT))) - INTERVAL 5 MINUTE,'
    f' max("at") + INTERVAL 1 HOUR FROM staged WHERE NOT solo AND {GROUPED_SQL}'
)

#: All rows of the groups that the batch touches: new ones and those stored before.
MEMBERS_SQL: Final = f"""
CREATE OR REPLACE TEMP TABLE members AS
SELECT {_MEMBER_COLUMNS}, true AS fresh FROM staged WHERE NOT solo AND {GROUPED_SQL}
UNION ALL
SELECT {_MEMBER_COLUMNS}, false FROM events
WHERE "at" BETWEEN $low AND $high AND NOT solo AND {GROUPED_SQL}
  AND request_id IN (SELECT DISTINCT request_id FROM staged WHERE NOT solo AND {GROUPED_SQL})
"""

#: Routes seen above AI work in this batch.
ROUTES_SQL: Final = """
SELECT DISTINCT environment, service, coalesce(operation, '') FROM members
WHERE role = 'entry' AND request_id IN (SELECT request_id FROM members WHERE role <> 'entry')
"""

_CANDIDATES = """
candidate AS (
  SELECT *, "at" - to_microseconds(CAST(latency_s * 1e6 AS BIGINT)) AS start FROM members
  WHERE role = 'request' OR (role = 'entry' AND
    (environment, service, coalesce(operation, '')) IN (SELECT (environment, service, operation) FROM ai_routes))
),
best AS (SELECT request_id, min(source_rank) AS source_rank FROM candidate GROUP BY request_id),
top AS (SELECT c.* FROM candidate c JOIN best b ON c.request_id = b.request_id AND c.source_rank = b.source_rank),
nested AS (
  SELECT DISTINCT x.event_id FROM top x JOIN top y ON x.request_id = y.request_id AND x.event_id <> y.event_id
  WHERE x.parent_id = y.span_id
     OR (y.start <= x.start AND x."at" <= y."at" AND x.parent_id IS DISTINCT FROM y.parent_id
         AND (y.latency_s > x.latency_s OR (y.latency_s = x.latency_s AND y.event_id < x.event_id)))
)"""

_TWINS = """
a.dialect <> b.dialect AND a.provider = b.provider AND a.operation = b.operation
AND a.parent_id IS NOT DISTINCT FROM b.parent_id
AND a.tokens_in IS NOT DISTINCT FROM b.tokens_in AND a.tokens_out IS NOT DISTINCT FROM b.tokens_out
AND (a.start <= b.start AND b."at" <= a."at" OR b.start <= a.start AND a."at" <= b."at")
"""

_ATTEMPTS = f"""
attempt AS (
  SELECT *, "at" - to_microseconds(CAST(latency_s * 1e6 AS BIGINT)) AS start FROM members WHERE role = 'attempt'
),
duplicate AS (
  SELECT DISTINCT a.event_id FROM attempt a JOIN attempt b
    ON a.request_id = b.request_id AND a.event_id <> b.event_id
  WHERE (a.parent_id = b.span_id OR b.parent_id = a.span_id OR a.response_id = b.response_id OR ({_TWINS}))
    AND (b.source_rank, CASE WHEN b.cost_nano IS NULL THEN 1 ELSE 0 END,
         CASE WHEN b.parent_id = a.span_id THEN 0 WHEN a.parent_id = b.span_id THEN 2 ELSE 1 END,
         coalesce(b.dialect, ''), b.event_id)
      < (a.source_rank, CASE WHEN a.cost_nano IS NULL THEN 1 ELSE 0 END, 1, coalesce(a.dialect, ''), a.event_id)
)"""

#: What each member counts as, beside what it counted as before.
FLAGS_SQL: Final = f"""
CREATE OR REPLACE TEMP TABLE flags AS
WITH {_CANDIDATES}, {_ATTEMPTS},
decided AS (
  SELECT m.event_id, m."at", m.fresh, m.counts_request AS was_request, m.counts_attempt AS was_attempt,
    m.role = 'attempt' AND m.event_id NOT IN (SELECT event_id FROM duplicate) AS counts_attempt,
    CASE WHEN m.request_id IN (SELECT request_id FROM candidate)
      THEN m.event_id IN (SELECT event_id FROM top) AND m.event_id NOT IN (SELECT event_id FROM nested)
      ELSE m.role = 'attempt' AND m.event_id NOT IN (SELECT event_id FROM duplicate)
    END AS counts_request
  FROM members m
)
SELECT * FROM decided WHERE counts_request <> was_request OR counts_attempt <> was_attempt
"""
