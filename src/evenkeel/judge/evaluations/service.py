"""The use cases of evaluations: planned, drawn, rated by people who see no version and no verdict, told (SPEC Q-1)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.evaluations import records
from evenkeel.judge.evaluations.drawing import choose_next, draw_items, list_strata
from evenkeel.judge.evaluations.events import event_of
from evenkeel.judge.evaluations.model import (
    LEASE_US,
    TEXT_MAX,
    Candidate,
    Evaluation,
    Item,
    Lease,
    Rating,
    Scale,
    Texts,
)
from evenkeel.judge.evaluations.planning import Drawn, NewEvaluation, check_new, find_and_plan
from evenkeel.judge.evaluations.results import Progress, measure_progress
from evenkeel.judge.evaluations.stored import load_stored
from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.ports import Clock, Ids, Random
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.store.trail import trail

LISTED_MAX: Final = 50
#: Ratings whose time is remembered, should they be sent again because their record failed.
_JOURNALED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer before somebody: nothing of it but its texts, and what they said of it before."""

    item: Item
    texts: Texts
    before: Rating | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An evaluation with all that was drawn and said."""

    evaluation: Evaluation
    items: Sequence[Item]
    ratings: Sequence[Rating]

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return measure_progress(self.items, self.ratings)


@dataclass(frozen=True, slots=True)
class EvaluationsDependencies:
    """What evaluations stand on. `emit` returns when events are journaled; `seeded` is chance that can be repeated."""

    records: Records
    telemetry: Telemetry
    clock: Clock
    ids: Ids
    emit: Callable[[EventBatch], None]
    seeded: Callable[[int], Random]


class Evaluations:
    """Safe to use from any thread: a transaction decides who gets what."""

    def __init__(self, given: EvaluationsDependencies) -> None:
        self._given = given
        self._journaled: OrderedDict[tuple[object, ...], int] = OrderedDict()  # when each rating was said, as journaled

    def plan(self, new: NewEvaluation) -> Drawn:
        """What would be drawn. Raises InvalidInputError where there is nothing to draw from."""
        return find_and_plan(self._given.records, self._given.telemetry, new, self._given.clock.now_us())

    def create(self, new: NewEvaluation, actor: str) -> Evaluation:
        """Draw, and let people rate. Raises InvalidInputError."""
        check_new(new)
        drawn = self.plan(new)
        own = self._given.ids.new_id()
        chance = self._given.seeded(new.seed)
        items = draw_items(drawn.candidates, drawn.parts, drawn.plan, chance, twice=new.wish.twice)
        # The name of an item tells nothing of the answer: whoever rates it sees it in addresses.
        blind = {item.id: derive_id(own.encode(), item.id.encode()).hex() for item in items}
        texts = {blind[each.id]: each.texts for each in drawn.candidates if each.id in blind and each.texts}
        now_us = self._given.clock.now_us()
        evaluation = Evaluation(
            id=own,
            environment=new.key.environment,
            service=new.key.service,
            title=new.title.strip(),
            questions=new.questions,
            strata=list_strata(drawn.candidates, drawn.parts, drawn.plan),
            start_us=new.window.start_us,
            end_us=new.window.end_us,
            created_at_us=now_us,
            created_by=actor,
            found=drawn.found,
            seed=new.seed,
            judge=new.judge,
            is_upload=bool(new.upload),
        )
        with self._given.records.transaction() as connection:
            renamed = [replace(item, id=blind[item.id], event_id="" if new.upload else item.id) for item in items]
            records.save_evaluation(connection, evaluation, renamed, texts if new.upload else {})
            after = {"title": evaluation.title, "answers": len(items), "seed": new.seed, "upload": bool(new.upload)}
            change = trail.Change(actor, "evaluation.create", _target(evaluation), after=after)
            trail.record(connection, change, now_us)
        return evaluation

    def list(self, limit: int = LISTED_MAX) -> list[tuple[Evaluation, Progress]]:
        """The newest first, each with how far it is."""
        with self._given.records.transaction() as connection:
            return records.load_evaluations(connection, min(limit, LISTED_MAX))

    def get(self, evaluation_id: str) -> Standing:
        """One with all that was said. Raises NotFoundError."""
        with self._given.records.transaction() as connection:
            found = _found(records.load_evaluation(connection, evaluation_id), evaluation_id)
            return Standing(found, records.load_items(connection, found.id), records.load_ratings(connection, found.id))

    def next(self, evaluation_id: str, rater: str, actor: str) -> Shown | None:
        """The next answer for a person, theirs for a while; None where nothing is left for them.

        That it was shown is in the audit trail. Raises NotFoundError, and ConflictError where it is closed.
        """
        while True:
            with self._given.records.transaction() as connection:
                evaluation = _open(records.load_evaluation(connection, evaluation_id), evaluation_id)
                now_us = self._given.clock.now_us()
                leases = records.load_leases(connection, evaluation.id)
                said = records.load_ratings(connection, evaluation.id)
                item = choose_next(records.load_items(connection, evaluation.id), said, leases, rater, now_us)
                if item is None:
                    return None
                texts = records.load_texts(connection, evaluation.id, item.id)
                if texts is None and item.event_id:
                    texts = load_stored(self._given.telemetry, item.event_id)
                if texts is None:
                    records.mark_lost(connection, evaluation.id, item.id, measure_progress([item], said).left)
                    continue
                if not any(each.item == item.id and each.rater == rater for each in leases):
                    change = trail.Change(actor, "evaluation.show", f"{_target(evaluation)} answer {item.id}")
                    trail.record(connection, change, now_us)
                records.save_lease(connection, evaluation.id, Lease(item.id, rater, now_us + LEASE_US))
                return Shown(item, texts)

    def show(self, evaluation_id: str, item_id: str, rater: str, actor: str) -> Shown:
        """An answer that a person rated before, to correct it. Raises NotFoundError, ConflictError."""
        with self._given.records.transaction() as connection:
            evaluation = _open(records.load_evaluation(connection, evaluation_id), evaluation_id)
            item = _item(records.load_items(connection, evaluation.id), item_id)
            own = _own(records.load_ratings(connection, evaluation.id), item_id, rater)
            held = {(each.item, each.rater) for each in records.load_leases(connection, evaluation.id)}
            texts = records.load_texts(connection, evaluation.id, item.id)
            if texts is None and item.event_id:
                texts = load_stored(self._given.telemetry, item.event_id)
            if texts is None or (own is None and (item_id, rater) not in held):
                raise NotFoundError("This answer is not before you.", hint="Ask for the next one.")
            change = trail.Change(actor, "evaluation.show", f"{_target(evaluation)} answer {item.id}")
            trail.record(connection, change, self._given.clock.now_us())
            return Shown(item, texts, own)

    def rate(self, evaluation_id: str, item_id: str, rater: str, said: Mapping[str, object]) -> Rating:
        """Keep what a person says of an answer before them, or of one they rated: a correction, beside the first.

        Raises InvalidInputError unless every question is answered, NotFoundError, ConflictError.
        """
        with self._given.records.transaction() as connection:
            evaluation = _open(records.load_evaluation(connection, evaluation_id), evaluation_id)
            contexts = self._contexts(connection, evaluation, item_id)
            values = {name: evaluation.question(name).read(value, contexts) for name, value in said.items()}
            missing = [each.name for each in evaluation.questions if each.name not in values]
            if missing:
                raise InvalidInputError(
                    f"{', '.join(missing)} is not answered.", hint="Answer every question, or skip with a reason."
                )
            return self._keep(connection, evaluation, item_id, Rating("", item_id, rater, 0, values))

    def _contexts(self, connection: records.Connection, evaluation: Evaluation, item_id: str) -> int:
        """How many contexts an answer has; read only where a question is about them."""
        if all(each.scale is not Scale.CONTEXTS for each in evaluation.questions):
            return 0
        item = _item(records.load_items(connection, evaluation.id), item_id)
        texts = records.load_texts(connection, evaluation.id, item.id)
        if texts is None and item.event_id:
            texts = load_stored(self._given.telemetry, item.event_id)
        return 0 if texts is None else len(texts.contexts)

    def skip(self, evaluation_id: str, item_id: str, rater: str, reason: str) -> Rating:
        """Keep that a person cannot rate an answer, and why. Raises InvalidInputError without a reason."""
        if not reason.strip() or len(reason) > TEXT_MAX:
            raise InvalidInputError("Skipping needs a reason.", hint=f"Say why, in 1 to {TEXT_MAX} characters.")
        with self._given.records.transaction() as connection:
            evaluation = _open(records.load_evaluation(connection, evaluation_id), evaluation_id)
            return self._keep(connection, evaluation, item_id, Rating("", item_id, rater, 0, reason=reason.strip()))

    def _keep(self, connection: records.Connection, evaluation: Evaluation, item_id: str, rating: Rating) -> Rating:
        drawn = records.load_items(connection, evaluation.id)
        item = _item(drawn, item_id)
        earlier = records.load_ratings(connection, evaluation.id)
        own = _own(earlier, item_id, rating.rater)
        held = {(each.item, each.rater) for each in records.load_leases(connection, evaluation.id)}
        if own is None and (item_id, rating.rater) not in held:
            raise ConflictError("This answer is not before you.", hint="Ask for the next one; answers are dealt out.")
        nth = sum(each.item == item_id and each.rater == rating.rater for each in earlier)
        kept = replace(
            rating,
            id=self._given.ids.new_id(),
            at_us=self._time_of((evaluation.id, item_id, rating.rater, nth, *sorted(rating.values.items()))),
            corrects="" if own is None else own.id,
        )
        records.save_rating(connection, evaluation.id, kept)
        records.save_progress(connection, evaluation.id, measure_progress(drawn, [*earlier, kept]))
        batch = EventBatch()
        for name in kept.values:
            batch.add(event_of(evaluation, item, kept, name, nth))
        if len(batch):
            # Inside the transaction: what is not journaled is not kept either, and the same again is the same event.
            self._given.emit(batch)
        return kept

    def _time_of(self, said: tuple[object, ...]) -> int:
        """When this was said first: events that are journaled for a rating whose record failed are the same again."""
        at_us = self._journaled.setdefault(said, self._given.clock.now_us())
        while len(self._journaled) > _JOURNALED_MAX:
            self._journaled.pop(next(iter(self._journaled)), None)
        return at_us

    def answers(self, evaluation_id: str, actor: str) -> Sequence[Candidate]:
        """All answers that were drawn and whose texts are still kept; that they were read is in the audit trail.

        Raises NotFoundError.
        """
        with self._given.records.transaction() as connection:
            evaluation = _found(records.load_evaluation(connection, evaluation_id), evaluation_id)
            drawn = [
                (item, records.load_texts(connection, evaluation.id, item.id))
                for item in records.load_items(connection, evaluation.id)
            ]
            change = trail.Change(actor, "evaluation.read", _target(evaluation))
            trail.record(connection, change, self._given.clock.now_us())
        found: list[Candidate] = []
        for item, uploaded in drawn:
            texts = uploaded or (load_stored(self._given.telemetry, item.event_id) if item.event_id else None)
            if texts is not None:
                found.append(Candidate(item.id, item.at_us, item.version, texts=texts))
        return found

    def close(self, evaluation_id: str, actor: str) -> Evaluation:
        """Nothing more is rated; uploaded texts are erased. Raises NotFoundError, ConflictError."""
        now_us = self._given.clock.now_us()
        with self._given.records.transaction() as connection:
            evaluation = _open(records.load_evaluation(connection, evaluation_id), evaluation_id)
            records.close_evaluation(connection, evaluation.id, now_us, actor)
            trail.record(connection, trail.Change(actor, "evaluation.close", _target(evaluation)), now_us)
        return replace(evaluation, closed_at_us=now_us, closed_by=actor)

    def forget(self, before_us: int) -> int:
        """Erase texts uploaded before a time; answers of how many answers."""
        with self._given.records.transaction() as connection:
            return records.erase_texts(connection, before_us)


def _target(evaluation: Evaluation) -> str:
    return f"{evaluation.id} of {evaluation.environment}/{evaluation.service}"[:340]


def _found(evaluation: Evaluation | None, evaluation_id: str) -> Evaluation:
    if evaluation is None:
        raise NotFoundError(
            f"There is no evaluation {evaluation_id[:40]!r}.", hint="`evenkeel evaluation list` shows all."
        )
    return evaluation


def _open(evaluation: Evaluation | None, evaluation_id: str) -> Evaluation:
    found = _found(evaluation, evaluation_id)
    if not found.is_open:
        raise ConflictError(f"The evaluation {found.title!r} is closed.", hint="Its result stands; create another one.")
    return found


def _item(items: Sequence[Item], item_id: str) -> Item:
    found = next((each for each in items if each.id == item_id), None)
    if found is None:
        raise NotFoundError(f"There is no answer {item_id[:40]!r} in it.", hint="Ask for the next one.")
    return found


def _own(ratings: Sequence[Rating], item_id: str, rater: str) -> Rating | None:
    return next((each for each in reversed(ratings) if each.item == item_id and each.rater == rater), None)
