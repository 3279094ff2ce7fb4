"""The reckoning: what the witness saw beside what the oracle found. Pure; every count here can be made to fail by a test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contract.attendance import PunchRow
from contract.moments import EXACT_WITHIN_MS
from simulation.oracle import DeviceSeen, JournalEntry, Seen
from simulation.witness import Act

Journals = dict[str, tuple[DeviceSeen, JournalEntry]]
_REFUSED: Final = frozenset({"rejected", "held", "parked"})


HELPERS: Final = frozenset({"accomplice"})  # of a cheat: no measure of honesty
UNPROVABLE: Final = frozenset({"rebooted twice, no signal"})  # honest, and no clock can say when
MOST_PER_10_000: Final = {"ask": 500, "review": 20}  # of honest people's punches: what is promised


@dataclass
class Reckoning:
    """The figures of one run."""

    taps: int = 0
    made: int = 0
    on_device: int = 0
    wiped: int = 0
    with_hq: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    refused_honest: list[str] = field(default_factory=list)
    honest: dict[str, Counter[str]] = field(default_factory=dict)
    cheats: dict[str, Counter[str]] = field(default_factory=dict)
    green_cheats: list[str] = field(default_factory=list)
    time_errors_ms: dict[str, list[int]] = field(default_factory=dict)
    widths_ms: dict[str, list[int]] = field(default_factory=dict)
    wrong_times: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    unsent: int = 0
    photos: int = 0
    forked: int = 0
    unconfirmed: int = 0
    schemes: list[tuple[str, bool]] = field(default_factory=list)  # cheats of many days: which case it should be, and is

    @property
    def provable(self) -> Counter[str]:
        """Verdicts on honest people whose time can be proven at all."""
        return self._of(lambda cause: cause not in HELPERS | UNPROVABLE)

    @property
    def unprovable(self) -> Counter[str]:
        """Verdicts on honest people whose phone was restarted twice without a network: it cannot say when it was used."""
        return self._of(lambda cause: cause in UNPROVABLE)

    @property
    def everybody_honest(self) -> Counter[str]:
        """Verdicts on all honest people, those too; not on whoever helped a cheat."""
        return self.provable + self.unprovable

    def _of(self, counts: Callable[[str], bool]) -> Counter[str]:
        found: Counter[str] = Counter()
        for cause, verdicts in self.honest.items():
            if counts(cause):
                found.update(verdicts)
        return found

    @property
    def complaints(self) -> list[str]:
        """Everything that must not be; empty is a good run."""
        found = [f"lost: {what}" for what in self.lost]
        found += [f"doubled: {what}" for what in self.doubled]
        found += [f"refused honest person: {what}" for what in self.refused_honest]
        found += [f"cheat counted as green: {what}" for what in self.green_cheats]
        found += [f"wrong time: {what}" for what in self.wrong_times]
        found += [f"changed on the way: {what}" for what in self.changed]
        found += [f"left over: {what}" for what in self.leftovers]
        found += [f"a scheme of many days is no case: {kind}" for kind, is_found in self.schemes if not is_found]
        if self.unsent:
            found.append(f"{self.unsent} operations never reached HQ")
        if self.photos:
            found.append(f"{self.photos} photos never reached HQ")
        if self.unconfirmed:
            found.append(f"{self.unconfirmed} scopes are gone from a device and HQ was not told")
        if self.forked:
            found.append(f"{self.forked} honest devices are marked as forked")
        return found


def broken_promises(verdicts: Counter[str]) -> list[str]:
    """The verdicts of which there are more than is promised of honest people; in integers, so that a limit is exactly one."""
    return [name for name, most in MOST_PER_10_000.items() if verdicts[name] * 10_000 > most * verdicts.total()]


def reckon(acts: list[Act], seen: Seen) -> Reckoning:
    """Lay the two books beside each other."""
    found = Reckoning(taps=len(acts), leftovers=list(seen.leftovers), unconfirmed=seen.unconfirmed_scopes, forked=seen.forked)
    by_id: dict[str, list[PunchRow]] = defaultdict(list)
    for row in seen.punches:
        by_id[row.id].append(row)
    journals = {entry.punch_id: (device, entry) for device in seen.devices for entry in device.journal}
    wiped = {device.name for device in seen.devices if device.standing == "revoked"}
    found.unsent = sum(device.unsent for device in seen.devices if device.name not in wiped)
    found.photos = sum(device.photos for device in seen.devices if device.name not in wiped)
    kept = [act for act in acts if act.punch_id is not None]
    found.made = len(kept)
    for act in acts:
        if act.refused is not None and act.cheat is None:
            found.refused_honest.append(f"{_told(act)}: {act.refused}")
    for act in kept:
        _follow(act, journals, wiped, by_id, found)
    _find_doubled(kept, journals, by_id, found)
    return found


def _follow(act: Act, journals: Journals, wiped: set[str], by_id: dict[str, list[PunchRow]], found: Reckoning) -> None:
    """One kept punch: on its device, at HQ, with what verdict and time."""
    entry = journals.get(act.punch_id or "")
    if entry is not None:
        found.on_device += 1
        status = entry[1].status
        if status in _REFUSED and act.cheat is None:
            found.refused_honest.append(f"{_told(act)}: {status} by HQ")
    elif act.gadget in wiped:
        found.wiped += 1
    else:
        found.lost.append(f"{_told(act)}: not in the journal of {act.gadget}")
    rows = by_id.get(act.punch_id or "", [])
    if not rows:
        found.lost.append(f"{_told(act)}: not with HQ")
        return
    found.with_hq += 1
    row = rows[0]
    if (row.person_id, row.store_id, row.kind) != (act.person_id, act.store_id, act.kind):
        found.changed.append(f"{_told(act)}: HQ has {row.kind} of {row.person_id} at {row.store_id}")
    _weigh(act, row, found)
    _check_time(act, row, found)


def _weigh(act: Act, row: PunchRow, found: Reckoning) -> None:
    table = found.honest if act.cheat is None else found.cheats
    table.setdefault(act.cheat or act.cause, Counter())[row.verdict] += 1
    if act.cheat is not None and row.verdict == "green":
        reasons = ", ".join(str(reason["code"]) for reason in row.reasons)
        found.green_cheats.append(f"{act.cheat}, {_told(act)} ({reasons}; {row.score_db} points)")


def _check_time(act: Act, row: PunchRow, found: Reckoning) -> None:
    low_ms = row.taken_ms if row.low_ms is None else row.low_ms
    high_ms = row.taken_ms if row.high_ms is None else row.high_ms
    error_ms = abs(row.taken_ms - act.true_ms)
    found.time_errors_ms.setdefault(row.grade, []).append(error_ms)
    found.widths_ms.setdefault(row.grade, []).append(high_ms - low_ms)
    if row.grade == "exact" and error_ms > EXACT_WITHIN_MS:
        found.wrong_times.append(f"{_told(act)}: exact, and {error_ms / 1000:.1f} s off")
    elif not low_ms <= act.true_ms <= high_ms:
        miss_s = min(abs(act.true_ms - low_ms), abs(act.true_ms - high_ms)) / 1000
        found.wrong_times.append(f"{_told(act)}: {row.grade}, and the truth lies {miss_s:.3f} s outside the interval")


def _find_doubled(kept: list[Act], journals: Journals, by_id: dict[str, list[PunchRow]], found: Reckoning) -> None:
    """Rows at HQ that no tap made: the same punch under another name, or listed twice."""
    known = {act.punch_id for act in kept}
    for punch_id, rows in by_id.items():
        row = rows[0]
        if punch_id not in known:
            found.doubled.append(f"{row.kind} of {row.person_id} at {row.taken_ms} is at HQ and nobody tapped it")
        found.doubled += [f"{row.kind} of {row.person_id} is listed {len(rows)} times"] * (len(rows) - 1)
    if extra := set(journals) - known - set(by_id):
        found.doubled += [f"punch {punch_id} is in a journal and nobody tapped it" for punch_id in sorted(extra)]


def _told(act: Act) -> str:
    return f"{act.kind} at {act.true_ms} by {act.gadget} ({act.cause})"
