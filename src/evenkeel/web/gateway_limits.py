"""The page of limits: what is used of each by whom, how much is allowed, what is taken back (SPEC GW-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from evenkeel.gateway.commands.model import SetLimit
from evenkeel.gateway.commands.rules import find_limit
from evenkeel.gateway.limits.looking import Use, Uses
from evenkeel.gateway.limits.model import Holder, Limit, Measure
from evenkeel.gateway.limits.periods import NEVER_US
from evenkeel.gateway.limits.table import EVERYONE
from evenkeel.kernel.errors import EvenkeelError, ForbiddenError
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.ui.formats import count, money, plural
from evenkeel.web.forms import text
from evenkeel.web.frame import Site
from evenkeel.web.gateway_forms import read_reason
from evenkeel.web.gateway_limits_api import read_units, shown_amount, uses_documents
from evenkeel.web.gateway_notes import SAME, Notes
from evenkeel.web.gateway_pages import may_rule
from evenkeel.web.gateway_words import amount_text, share_text
from evenkeel.web.meters import share_meter
from evenkeel.web.paging import paginate
from evenkeel.web.viewer import Viewer

LIMITS_URL: Final = "/gateway/limits"
#: Accounts of one page: a phone scrolls through as many.
PAGE_SIZE: Final = 50
#: An account of which more is taken is near its end.
NEAR_RATIO: Final = 0.9
USED_UP, NEAR, LEFT, UNKNOWN, UNUSED = "used up", "nearly used up", "within", "not known", "unused"
STATES: Final = (UNKNOWN, USED_UP, NEAR, LEFT, UNUSED)
SIGNS: Final[Mapping[str, str]] = {USED_UP: "warning", NEAR: "warning", LEFT: "ok", UNKNOWN: "unknown"}

_WORDS: Final[Mapping[str, str]] = {USED_UP: "used up", NEAR: "nearly used up", UNKNOWN: "not known"}


@dataclass(frozen=True, slots=True)
class LimitFilter:
    """Which accounts are shown."""

    limit: str = ""
    kind: str = ""  # of holder
    state: str = ""
    text: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> LimitFilter:
        """As the address has it."""
        return cls(query.get("limit", ""), query.get("kind", ""), query.get("state", ""), query.get("q", ""))

    def fits(self, use: Use, name: str) -> bool:
        """Whether an account is shown; `name` is what its holder is called."""
        limit = use.account.limit
        return (
            self.limit in ("", limit.id)
            and self.kind in ("", limit.holder.value)
            and self.state in ("", state_of(use))
            and self.text.lower() in f"{limit.id} {use.account.holder} {name}".lower()
        )


def state_of(use: Use) -> str:
    """How an account stands; what cannot be read is not known, and not unused."""
    ratio = use.taken_ratio
    if use.state is None or ratio is None:
        return UNKNOWN
    if ratio >= 1.0:
        return USED_UP
    return NEAR if ratio >= NEAR_RATIO else LEFT if use.taken else UNUSED


class LimitPages:
    """The page, and the forms on it."""

    def __init__(self, site: Site, notes: Notes) -> None:
        self._site = site
        self._given = site.given
        self._notes = notes

    def limits(
        self, request: Request, viewer: Viewer, *, problem: EvenkeelError | None = None, form: FormData | None = None
    ) -> Response:
        """All accounts, the largest share first. `problem`: what is wrong with the `form` that was just sent."""
        given, query = self._given, request.query_params
        chosen, accounts = LimitFilter.read(query), given.limit_accounts
        found, names = accounts.uses(), accounts.key_names()
        fitting = [use for use in found.uses if chosen.fits(use, names.get(use.account.holder, ""))]
        page = paginate(fitting, PAGE_SIZE, LIMITS_URL, query)
        effective = given.gateway.effective.limits
        asked = {"limit": text(form, "limit"), "holder": text(form, "holder")} if form else query
        return self._site.page(
            "gateway_limits.html",
            viewer,
            status=400 if problem else 200,
            section="/gateway",
            stream="",
            answers=answers(found),
            rows=[use_row(use, names) for use in page.rows],
            page=page,
            total=len(found.uses),
            chosen=chosen,
            limits=[effective[name] for name in sorted(effective)],
            kinds=[each.value for each in Holder],
            states=STATES,
            take=_to_take_back(found.uses, asked, names) if "holder" in asked else None,
            change=effective.get(asked.get("change") or (text(form, "change") if form else "")),
            typed={name: text(form, name) for name in ("amount", "reason")} if form else {"amount": "", "reason": ""},
            amount_text=amount_text,
            problem=problem,
            note=self._notes.of(query.get("done", "")),
            may_rule=may_rule(viewer),
        )

    def limits_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        chosen, accounts = LimitFilter.read(request.query_params), self._given.limit_accounts
        found, names = accounts.uses(), accounts.key_names()
        fitting = [use for use in found.uses if chosen.fits(use, names.get(use.account.holder, ""))]
        page = paginate(fitting, PAGE_SIZE, f"{LIMITS_URL}.json", request.query_params)
        return JSONResponse(
            {
                "unknown_because": found.unknown_because,
                "limits": uses_documents(Uses(tuple(page.rows)), names),
                "total": page.total,
                "next": page.after or None,
            }
        )

    def reconcile(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Take back what was charged for workers that died."""
        viewer.require(RULE_GATEWAY)
        given, limit_id, holder = self._given, text(form, "limit"), text(form, "holder")
        try:
            amount = read_units(text(form, "amount").strip(), find_limit(given.gateway.effective, limit_id))
            done = given.limit_accounts.reconcile(limit_id, holder, amount, actor=viewer.name, reason=read_reason(form))
        except ForbiddenError:
            raise
        except EvenkeelError as error:
            return self.limits(request, viewer, problem=error, form=form)
        limit = done.account.limit
        taken, used = amount_text(done.taken, limit), amount_text(done.state.charged, limit)
        return self._done(f"{taken} of {limit_id} given back to {holder}; {used} are used now.")

    def change(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Allow more or less of a limit."""
        viewer.require(RULE_GATEWAY)
        given, limit_id = self._given, text(form, "change")
        try:
            limit = find_limit(given.gateway.effective, limit_id)
            command = SetLimit(limit_id, read_units(text(form, "amount").strip(), limit), read_reason(form))
            change = given.gateway.perform(command, actor=viewer.name)
        except ForbiddenError:
            raise
        except EvenkeelError as error:
            return self.limits(request, viewer, problem=error, form=form)
        if change is None:
            return RedirectResponse(f"{LIMITS_URL}?done={SAME}#note", status_code=303)
        return self._done(
            f"{limit_id} allows {amount_text(change.after, limit)} now; workers go by it within a second."
        )

    def _done(self, sentence: str) -> Response:
        """Back to the page, which says what came of it."""
        number = f"{self._given.clock.now_us():x}"
        self._notes.keep(number, sentence)
        return RedirectResponse(f"{LIMITS_URL}?done={number}#note", status_code=303)


def use_row(use: Use, names: Mapping[str, str]) -> dict[str, Any]:
    """An account as the page shows it."""
    account, limit, state = use.account, use.account.limit, state_of(use)
    is_nobody, stands, ratio = account.holder == EVERYONE, use.state, use.taken_ratio
    is_key = limit.holder is Holder.KEY and not is_nobody
    share = "not known" if ratio is None else share_text(ratio)
    row: dict[str, Any] = {
        "limit": limit,
        "state": state,
        "sign": SIGNS.get(state, "unknown"),
        "holder": f"each {limit.holder.value}" if is_nobody else names.get(account.holder, account.holder),
        "holder_id": account.holder if is_key and account.holder in names else "",
        "about": "nobody used it so far" if is_nobody and stands is not None else "",
        "cap": amount_text(limit.amount, limit),
        "share": share,
        "meter": share_meter(ratio or 0.0, f"{share} taken", SIGNS.get(state, "unknown")),
        "until_us": None if account.until_us >= NEVER_US else account.until_us,
        "take": f"{LIMITS_URL}?{urlencode({'limit': limit.id, 'holder': account.holder})}#take",
        "change": f"{LIMITS_URL}?{urlencode({'change': limit.id})}#change",
    }
    if stands is None:
        return row | dict.fromkeys(("used", "reserved", "unsettled", "overrun"), "")
    return row | {
        "used": _figure(stands.charged, limit),
        "reserved": _figure(stands.leased, limit) if stands.leased else "",
        "unsettled": _figure(stands.unsettled, limit) if stands.unsettled else "",
        "overrun": _figure(stands.overrun, limit) if stands.overrun else "",
    }


def _figure(amount: int, limit: Limit) -> str:
    """An amount beside what is allowed, which says of what."""
    return money(amount, limit.currency) if limit.measure is Measure.MONEY else count(amount)


def answers(found: Uses) -> dict[str, str]:
    """The three answers on top of the page."""
    said = {"changed": "", "todo": "", "mood": "ok"}
    if not found.uses:
        return {**said, "how": "No limit is configured.", "mood": "unknown"}
    states = {state: sum(state_of(use) == state for use in found.uses) for state in STATES}
    total = len(found.uses)
    parts = [f"{plural(states[state], 'accounts')} {word}" for state, word in _WORDS.items() if states[state]]
    said["how"] = f"Of {plural(total, 'accounts')} of limits, {'; '.join(parts) or 'none is near its end'}."
    if found.unknown_because:
        said["changed"] = found.unknown_because
    if states[USED_UP]:
        said["todo"] = "Who has used up a limit is refused until it turns. Allow more, or let it hold."
    charged = sum(1 for use in found.uses if use.state and use.state.unsettled)
    if charged:
        of_dead = f"{plural(charged, 'accounts')} hold what a killed worker had set aside"
        said["todo"] = f"{said['todo']} {of_dead}: take back what was not used.".strip()
    return {**said, "mood": "warning" if states[USED_UP] else "unknown" if states[UNKNOWN] else "ok"}


def _to_take_back(uses: Sequence[Use], asked: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any] | None:
    """The account whose charges may be taken back, as the form shows it; None: there is nothing to take back."""
    for use in uses:
        account, state = use.account, use.state
        if (account.limit.id, account.holder) == (asked.get("limit"), asked.get("holder")) and state is not None:
            most = shown_amount(state.unsettled, account.limit)
            return {**use_row(use, names), "account": account, "most": f"{most:.9g}"} if state.unsettled else None
    return None
