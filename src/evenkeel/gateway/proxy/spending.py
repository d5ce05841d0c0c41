"""What an attempt may use, reserved before it is made, and settled by what it used (SPEC GW-4).

The input is bounded by what is learned of the model, or by its bytes. The output is bounded by `max_tokens`, which is
cut to what is left: so an upstream that obeys it cannot use more than was reserved. What an attempt used, when nobody
says, is what was reserved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from evenkeel.gateway.limits.estimate import OutputEstimator
from evenkeel.gateway.limits.ledger import Ledger, Reservation
from evenkeel.gateway.limits.model import Account, Measure, Want
from evenkeel.gateway.limits.model import Refusal as LimitRefusal
from evenkeel.gateway.limits.table import LimitTable
from evenkeel.gateway.metering.cost import dearest_tier, price_attempt
from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.metering.model import Attempt, UsageSource
from evenkeel.gateway.proxy.admission import Admitted, Refused, unknown
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.routes.model import Dialect, Upstream
from evenkeel.kernel.errors import CorruptDataError, OverloadedError
from evenkeel.kernel.facts import fact
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.ports import Clock
from evenkeel.observe.events.context import Pricing, Usage

#: Output that a request is bounded by, at least, if it names no bound and falls under a limit of tokens or money; and
#: how many times the longest answers that its model is known, or assumed, to give.
OUTPUT_MAX: Final = 4_096
_LONGEST_FACTOR: Final = 4
#: Fewer output tokens than these are no answer: a request that can afford no more is refused.
_OUTPUT_LEAST: Final = 16
#: Waits that a client may well make by itself.
_WORTH_WAITING_S: Final = 60.0
#: By names of their own: a member of an enum costs a call each time it is asked for.
_ANTHROPIC: Final = Dialect.ANTHROPIC
_REQUESTS: Final = Measure.REQUESTS
_TOKENS: Final = Measure.TOKENS
_MONEY: Final = Measure.MONEY

#: The limits in force; None: not known, so nothing passes.
Limits = Callable[[], LimitTable | None]


@fact
class Purpose:
    """What is to be paid for."""

    admitted: Admitted
    ask: Ask
    user: int | None  # pseudonym
    version: str
    upstream: Upstream
    is_first: bool  # attempt of its request: the requests themselves are counted once


@dataclass(slots=True)
class Spend:
    """What one attempt may use. It ends with `Spending.settle`."""

    purpose: Purpose
    accounts: list[Account]
    reservation: Reservation
    output_max: int | None  # tokens, all choices together; None: nothing limits them


@fact
class _Bound:
    """The most that an attempt can use."""

    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Known:
    """What amounts are bounded by."""

    rates: LearnedRates
    clock: Clock


class Spending:
    """The limits as a worker's attempts meet them."""

    def __init__(self, ledger: Ledger, limits: Limits, pricing: Callable[[], Pricing], known: Known) -> None:
        self._ledger = ledger
        self._limits = limits
        self._pricing = pricing
        self._rates = known.rates
        self._clock = known.clock
        self._lengths = OutputEstimator()

    @property
    def passed(self) -> int:
        """Requests that passed uncounted, because the store that machines share could not be used."""
        return self._ledger.passed

    async def budget_left_ratio(self, admitted: Admitted, user: int | None) -> float | None:
        """What is left of the tightest limit of money that applies, 0 to 1; None: there is none, or not known."""
        limits, key = self._limits(), admitted.key
        if limits is None:
            return None
        holder = "" if user is None else f"{user:016x}"
        accounts = limits.accounts_for(key.id, key.team, holder, admitted.service, self._clock.now_us())
        return await self._ledger.least_ratio([each for each in accounts if each.limit.measure is Measure.MONEY])

    async def reserve(self, purpose: Purpose) -> Spend | None:
        """What the attempt may use; None where no limit applies. Raises Refused."""
        admitted = purpose.admitted
        user = "" if purpose.user is None else f"{purpose.user:016x}"
        now_us = self._clock.now_us()
        key = admitted.key
        limits = self._limits()
        if limits is None:
            raise Refused(unknown("limits"))
        accounts = limits.accounts_for(key.id, key.team, user, admitted.service, now_us)
        if not purpose.is_first:
            accounts = [account for account in accounts if account.limit.measure is not _REQUESTS]
        if not accounts:
            return None
        bound = self._bound(purpose)
        wants = [self._want(account, purpose, bound, bound, now_us) for account in accounts]
        found = self._ledger.try_reserve(wants)
        if not isinstance(found, Reservation):  # a part of it may be enough
            least = _Bound(bound.tokens_in, min(bound.tokens_out, _OUTPUT_LEAST * purpose.ask.choices))
            wants = [self._want(account, purpose, least, bound, now_us) for account in accounts]
            found = await self._reserve_some(wants, admitted)
        output = None if not bound.tokens_out else self._affordable(purpose, wants, found.amounts, bound)
        return Spend(purpose, accounts, found, output)

    async def _reserve_some(self, wants: list[Want], admitted: Admitted) -> Reservation:
        """Something from the least to the most of every want. Raises Refused."""
        try:
            found = await self._ledger.reserve(wants)
        except (OverloadedError, CorruptDataError) as error:
            # What it says is for who runs the gateway, who is told of it elsewhere: it names our store and our disk.
            message = "The limits of this request cannot be looked at now, so it was not sent. Try again later."
            after_s = error.retry_after_s if isinstance(error, OverloadedError) else 1.0
            raise Refused(Refusal(503, "limits_unavailable", message, after_s)) from error
        if isinstance(found, LimitRefusal):
            raise Refused(_refused(found, admitted))
        return found

    def settle(self, spend: Spend, attempt: Attempt) -> None:
        """Say what was used: what the attempt's record says, and all that was reserved where it says nothing."""
        usage, source = attempt.metered.usage, attempt.metered.source
        actuals: list[int] = []
        for account, reserved in zip(spend.accounts, spend.reservation.amounts, strict=True):
            measure = account.limit.measure
            if measure is _REQUESTS:
                actuals.append(reserved)
            elif source is UsageSource.NONE:
                actuals.append(0)
            elif measure is _TOKENS:
                is_known = usage.tokens_in is not None and usage.tokens_out is not None
                actuals.append((usage.tokens_in or 0) + (usage.tokens_out or 0) if is_known else reserved)
            else:
                actuals.append(self._cost(attempt, reserved))
        self._ledger.settle(spend.reservation, actuals)
        if source is UsageSource.PROVIDER and usage.tokens_out is not None:
            purpose = spend.purpose
            is_cut = spend.output_max is not None and usage.tokens_out >= spend.output_max
            model = attempt.model_asked
            self._lengths.learn(purpose.admitted.service, purpose.version, model, usage.tokens_out, is_cut=is_cut)

    def _bound(self, purpose: Purpose) -> _Bound:
        ask = purpose.ask
        model = purpose.upstream.model or ask.model
        tokens_in = self._rates.upper(model, len(ask.body), "input")
        if not ask.operation.can_stream:
            return _Bound(tokens_in, 0)
        each = ask.output_max
        if each is None:
            longest = self._lengths.estimate(purpose.admitted.service, purpose.version, model)
            each = max(OUTPUT_MAX, _LONGEST_FACTOR * longest)
        return _Bound(tokens_in, each * ask.choices)

    def _want(self, account: Account, purpose: Purpose, least: _Bound, most: _Bound, now_us: int) -> Want:
        measure = account.limit.measure
        if measure is _REQUESTS:
            return Want(account, 1, 1)
        if measure is _TOKENS:
            return Want(account, least.tokens_in + least.tokens_out, most.tokens_in + most.tokens_out)
        dearest = self._price(account, purpose, most, now_us)
        return Want(account, dearest if least is most else self._price(account, purpose, least, now_us), dearest)

    def _price(self, account: Account, purpose: Purpose, bound: _Bound, now_us: int) -> int:
        """The most that so many tokens can cost, nano-units. Raises Refused where nobody knows."""
        upstream = purpose.upstream
        model = upstream.model or purpose.ask.model
        tier = dearest_tier(upstream.provider, purpose.ask.document)
        pricing, dearest = self._pricing(), 0
        if upstream.dialect is not _ANTHROPIC:  # of whose caches writing may be dearer than not: see `_usages`
            tariff = pricing.tariff(upstream.provider, model, now_us, tier)
            if tariff is not None and tariff.currency == account.limit.currency:
                return tariff.cost_nano(bound.tokens_in, bound.tokens_out)
        for usage in _usages(purpose, bound):
            for each in (tier, "") if tier else ("",):  # who asks for a tier may get the standard one
                priced = pricing.price(upstream.provider or None, model, now_us, usage, each)
                if priced.cost_nano is None or priced.currency != account.limit.currency:
                    raise Refused(_unpriced(account, model, priced.currency, each))
                dearest = max(dearest, priced.cost_nano)
                if each == "auto" and priced.basis == "upper_bound":
                    break  # the most that any tier costs, the standard one among them
        return dearest

    def _cost(self, attempt: Attempt, reserved: int) -> int:
        priced = price_attempt(attempt, self._pricing())
        return reserved if priced.cost_nano is None else priced.cost_nano

    def _affordable(self, purpose: Purpose, wants: list[Want], amounts: list[int], bound: _Bound) -> int | None:
        """Output tokens that all reservations pay for; None where only requests are counted or nothing is written."""
        output: int | None = None
        for want, amount in zip(wants, amounts, strict=True):
            measure = want.account.limit.measure
            if measure is _REQUESTS:
                continue
            if amount >= want.most:
                paid = bound.tokens_out
            elif measure is _TOKENS:
                paid = amount - bound.tokens_in
            else:
                paid = self._paid(want.account, purpose, bound, amount, self._clock.now_us())
            output = paid if output is None else min(output, paid)
        return output if output is None else min(output, bound.tokens_out)

    def _paid(self, account: Account, purpose: Purpose, bound: _Bound, amount: int, now_us: int) -> int:
        """The most output tokens that `amount` pays for, beside the input: by bisection, as prices have steps."""
        low, high = 0, bound.tokens_out
        while low < high:
            middle = (low + high + 1) // 2
            if self._price(account, purpose, _Bound(bound.tokens_in, middle), now_us) <= amount:
                low = middle
            else:
                high = middle - 1
        return low


def _usages(purpose: Purpose, bound: _Bound) -> list[Usage]:
    """What may be billed. Where a cache is written to only when that is asked for, writing may be dearer than not."""
    plain = Usage(bound.tokens_in, 0, 0, bound.tokens_out)
    if purpose.upstream.dialect is not _ANTHROPIC:
        return [plain]
    made = [plain, Usage(bound.tokens_in, 0, bound.tokens_in, bound.tokens_out)]
    if b'"1h"' in purpose.ask.body:  # what is written for an hour costs twice the input
        made.append(Usage(2 * bound.tokens_in, 0, 0, bound.tokens_out))
    return made


def _refused(found: LimitRefusal, admitted: Admitted) -> Refusal:
    """What is used up, of whom, until when."""
    limit = found.account.limit
    if limit.measure is _MONEY:
        used, allowed = (f"{each / NANO_PER_UNIT:,.4f} {limit.currency}" for each in (found.used, limit.amount))
    else:
        used, allowed = (f"{each:,} {limit.measure.value}" for each in (found.used, limit.amount))
    of_whom = {"key": f"key {admitted.key.name!r}", "team": f"team {admitted.key.team!r}", "user": "this user"}
    whose = of_whom.get(limit.holder.value, f"service {admitted.service!r}")
    period = "in all" if limit.period.value == "ever" else f"per {limit.period.value}"
    code = "budget_exceeded" if limit.measure is _MONEY else "rate_limit_exceeded"
    message = f"Limit {limit.id!r} of {whose} leaves no room: {used} of {allowed} {period} are used or reserved."
    is_soon = found.retry_after_s <= _WORTH_WAITING_S
    hint = "Try again later." if is_soon else "Ask for a higher limit, or wait for the next period."
    return Refusal(429, code, f"{message} {hint}", found.retry_after_s, is_soon)


def _unpriced(account: Account, model: str, currency: str | None, tier: str) -> Refusal:
    limit = account.limit
    at_tier = f" at tier {tier[:40]!r}" if tier else ""
    why = f"model {model[:80]!r} has no known price{at_tier}"
    if currency is not None:
        why = f"the price of model {model[:80]!r} is in {currency}"
    message = (
        f"Limit {limit.id!r} is in {limit.currency}, and {why}: nothing could say when it is used up."
        " Declare the price under `prices` in the configuration, or ask for another model."
    )
    return Refusal(403, "unpriced_model", message, is_worth_retrying=False)
