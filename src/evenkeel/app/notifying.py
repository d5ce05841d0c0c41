"""Notifications at work: what is told is sent, its way is tried every hour, a watcher outside hears that we live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection

from evenkeel.act.alerts.model import Entry, What
from evenkeel.act.alerts.records import save_entries
from evenkeel.act.notify.channels import Channels
from evenkeel.act.notify.heartbeat import Heartbeat, HeartbeatDependencies
from evenkeel.act.notify.meter import Meter
from evenkeel.act.notify.model import Event, Message
from evenkeel.act.notify.outbox import storable
from evenkeel.act.notify.sending import Finished, Sending, SendingDependencies
from evenkeel.act.notify.service import ChannelState, Notifications, NotificationsDependencies
from evenkeel.act.notify.transport import Transport
from evenkeel.app.configuration import Configuration
from evenkeel.app.secrets import own_secrets
from evenkeel.app.stores import Stores
from evenkeel.kernel.ports import Clock, Ids, Random
from evenkeel.kernel.time import US_PER_HOUR, US_PER_SECOND, format_duration
from evenkeel.kernel.verdict import Status
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.records.engine import Records
from evenkeel.store.system import SystemChance
from evenkeel.ui.formats import plural
from evenkeel.web.health import Check, Level

#: The outbox is looked at this often even when nobody wakes it: another process may have written to it.
LOOK_EVERY_S: Final = 0.5
#: What goes round every second or oftener and has not for this long stands still.
STILL_S: Final = 30.0
FORGET_EVERY_US: Final = US_PER_HOUR


@dataclass(frozen=True, slots=True)
class NotifyingDependencies:
    """What notifications stand on in this process."""

    records: Records
    clock: Clock
    ids: Ids
    chance: Random
    configuration: Configuration
    secrets: Secrets
    own_url: Callable[[], str]  # where this site serves, for links where none is configured
    rounds: Callable[[], Mapping[str, int]]  # when each part that leads to an alert last went round


class Notifying:
    """The sender, and what watches it."""

    def __init__(self, given: NotifyingDependencies) -> None:
        self._given = given
        self.meter = Meter()
        transport = Transport()
        self.notifications = Notifications(
            NotificationsDependencies(given.records, given.clock, given.ids, self._channels, self._labels_of)
        )
        self.sending = Sending(
            SendingDependencies(
                records=given.records,
                clock=given.clock,
                chance=given.chance,
                channel_of=self.notifications.open_channel,
                send=transport.send,
                finished=self._on_finished,
            )
        )
        self.notifications.wake = self.sending.wake
        self.heartbeat = Heartbeat(
            HeartbeatDependencies(
                clock=given.clock,
                config=lambda: self.notifications.config().dead_man,
                secrets=given.secrets,
                send=transport.send,
                stands_still=self.stands_still,
            )
        )
        self._forgot_at_us = 0

    @classmethod
    def of(
        cls,
        stores: Stores,
        configuration: Configuration,
        own_url: Callable[[], str],
        rounds: Callable[[], Mapping[str, int]],
    ) -> Self:
        """Those of a home, with this process's own secrets and chance."""
        given = NotifyingDependencies(
            records=stores.records,
            clock=stores.clock,
            ids=stores.ids,
            chance=SystemChance(),
            configuration=configuration,
            secrets=own_secrets(),
            own_url=own_url,
            rounds=rounds,
        )
        return cls(given)

    def tell(self, connection: Connection, message: Message, now_us: int) -> None:
        """Write a message of an alert down for those whom it concerns, and in the alert's history who they are."""
        channels = self.notifications.enqueue(connection, message, now_us)
        if message.event is not Event.TRIGGER:
            return
        text = f"Waits for {' and '.join(channels)}." if channels else "Nowhere to go: no route leads to a channel."
        self._note(connection, message, now_us, What.TOLD, text)

    def send(self) -> None:
        """Hand what is due to the workers, and wait until more may be."""
        try:
            self.sending.step()
        finally:  # a round that fails is followed by a pause too
            self.sending.wait(LOOK_EVERY_S)

    def try_path(self) -> None:
        """Send a synthetic page if it is time; drop what is too old."""
        now_us = self._given.clock.now_us()
        self.notifications.try_path()
        if not 0 <= now_us - self._forgot_at_us < FORGET_EVERY_US:
            self.notifications.forget_old()
            self._forgot_at_us = now_us

    def call_watcher(self) -> None:
        """Call the dead-man's switch if it is time and everything goes round."""
        self.heartbeat.step()

    def stop(self) -> None:
        """End orderly: what is being sent is sent to its end, what waits stays in the outbox."""
        self.sending.stop()

    def stands_still(self) -> Sequence[str]:
        """The parts that lead to an alert and have not gone round for a while."""
        now_us = self._given.clock.now_us()
        rounds = {**self._given.rounds(), "outbox": self.sending.stepped_at_us}
        return [name for name, at_us in rounds.items() if now_us - at_us > STILL_S * US_PER_SECOND]

    def checks(self) -> list[Check]:
        """What the health page says of the way alerts take."""
        return [*self._sender(), self._path(), *self._troubled(), *self._nowhere(), *self._watcher()]

    def _sender(self) -> Iterator[Check]:
        last_us = self.sending.stepped_at_us
        still_s = (self._given.clock.now_us() - last_us) / US_PER_SECOND
        if last_us and still_s > STILL_S:
            finding = f"It has not gone round for {format_duration(still_s)}: nobody is told of anything."
            yield Check("notifications", Level.BREACH, finding, "evenkeel's log says why.", {"still_s": still_s})
            return
        count = len(self.notifications.config().channels)
        if count:
            yield Check("notifications", Level.OK, f"{plural(count, 'channels')} configured.", "", {"channels": count})
            return
        untold = self.notifications.nowhere_24h()
        finding = "No channel is configured: nobody is told of alerts. See /settings/notifications."
        finding += f" There were {untold} in 24 h." if untold else ""
        facts = {"channels": 0, "nowhere_24h": untold}
        yield Check("notifications", Level.OK, finding, "", facts)

    def _path(self) -> Check:
        standing = self.notifications.standing()
        missed = standing.status is Status.BREACH
        facts = {"status": standing.status.value, "messages": standing.messages, "late": standing.late}
        todo = "/settings/notifications shows which were late, and why." if missed else ""
        return Check("alert path", Level.BREACH if missed else Level.OK, standing.sentence, todo, facts)

    def _troubled(self) -> Iterator[Check]:
        for state in self.notifications.channels():
            if finding := _trouble(state):
                yield Check(
                    f"channel {state.name}",
                    Level.WARNING,
                    finding,
                    f"Mend it, then: evenkeel notify test {state.name}",
                    {"failed_24h": state.failed_24h, "waiting": state.waiting},
                )

    def _nowhere(self) -> Iterator[Check]:
        count = self.notifications.nowhere_24h() if self.notifications.config().channels else 0
        if count:
            yield Check(
                "routes",
                Level.WARNING,
                f"{plural(count, 'alerts')} with nowhere to go in 24 h: no route leads to a channel.",
                "Give notify.default a channel, or a route that fits them: /settings/notifications.",
                {"nowhere_24h": count},
            )

    def _watcher(self) -> Iterator[Check]:
        config, heartbeat = self.notifications.config().dead_man, self.heartbeat
        if config is None:
            return
        facts = {"heard_at_us": heartbeat.heard_at_us}
        if heartbeat.problem:
            todo = "Mend notify.dead_man; else it raises the alarm."
            yield Check("dead-man's switch", Level.WARNING, heartbeat.problem, todo, facts)
        elif heartbeat.heard_at_us is not None:
            finding = f"Called every {format_duration(config.every)}, and it answers."
            yield Check("dead-man's switch", Level.OK, finding, "", facts)
        else:
            yield Check("dead-man's switch", Level.OK, "Not called yet since the start.", "", facts)

    def _channels(self) -> Channels:
        given = self._given
        notify = given.configuration.current.notify
        return Channels(notify, given.secrets, notify.site_url or given.own_url(), given.clock)

    def _labels_of(self, service: str) -> Mapping[str, str]:
        known = self._given.configuration.current.services.get(service)
        return {} if known is None else {"team": known.team, "tier": known.tier, "owner": known.owner}

    def _on_finished(self, finished: Finished) -> None:
        self.meter.add(finished)
        self.notifications.on_finished(finished)
        sent, receipt = finished.sent, finished.receipt
        if not any(_alerts_of(sent.message)):
            return
        said = "Delivered to" if receipt.delivered else "Given up for"
        what = What.TOLD if receipt.delivered else What.UNTOLD
        with self._given.records.transaction() as connection:
            self._note(connection, sent.message, finished.at_us, what, f"{said} {sent.channel}: {receipt.detail}")

    def _note(self, connection: Connection, message: Message, at_us: int, what: What, text: str) -> None:
        """Write into the history of the alert that a message is about how far it came."""
        entries = [
            (self._given.ids.new_id(), Entry(alert_id, at_us, what, storable(text))) for alert_id in _alerts_of(message)
        ]
        save_entries(connection, entries)


def _trouble(state: ChannelState) -> str:
    """What is wrong with a channel: messages given up, or one that cannot be delivered at the moment."""
    last = state.last
    if state.failed_24h:
        why = f"; the last message: {last.detail}" if last is not None and last.detail else ""
        return f"{plural(state.failed_24h, 'messages')} given up in 24 h{why}"
    if state.waiting and last is not None and last.finished_at_us is None and last.attempts:
        return f"{plural(state.waiting, 'messages')} waiting, tried {plural(last.attempts, 'times')}: {last.detail}"
    return ""


def _alerts_of(message: Message) -> Iterator[str]:
    """The alert whose page a message links to."""
    for _, target in message.links[:1]:
        if target.startswith("/alerts/"):
            yield target.removeprefix("/alerts/")
