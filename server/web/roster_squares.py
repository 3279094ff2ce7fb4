"""The squares of a roster's grid as HTML.

Written here and not in the template: a month of 40 people has over a thousand, and macros cost a third of a second for them, the
browser as much again for what they wrote (`docs/figures.md`). A square holds links and nothing that must be set up: one listener
of the page opens them (`grid.js`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from contract.roster_views import Grid, GridDay, GridPerson
from contract.rosters import RosterCellRow
from server.rosters.placing import cell_of
from server.web.shell import Look
from server.web.words import day, min_clock

OPEN = "open"  # the row of shifts that nobody has


class _Kind(NamedTuple):
    """What decides how a shift looks and reads; the same for most of a month's shifts."""

    times: tuple[tuple[int, int], ...]
    name: str
    state: str
    level: str
    locked: bool
    on_call: bool


class Squares:
    """`row(...)`: the cells of one row, day by day. `address`: of a shift's panel, to which person, day and shift are added."""

    def __init__(self, look: Look, found: Grid, roles: Mapping[str, str], address: str) -> None:
        self._look, self._found, self._roles, self._address = look, found, roles, str(escape(address))
        self._opening: dict[_Kind, tuple[str, str]] = {}
        self._says: dict[str, str] = {}
        self._levels: dict[str, str] = {}
        for one in found.verdicts:
            for shift_id in map(cell_of, one.shifts):
                self._levels[shift_id] = "hard" if "hard" in (one.level, self._levels.get(shift_id)) else one.level
        self._cells: dict[tuple[str, str], list[RosterCellRow]] = {}
        for cell in sorted(found.cells, key=lambda one: (one.day, one.placed[0].starts_ms if one.placed else 0, one.id)):
            self._cells.setdefault((cell.person_id or "", cell.day), []).append(cell)
        self._called = {on.day: day(on.day) for on in found.days}

    def open_row(self) -> Markup:
        """The shifts that nobody has."""
        who = self._say("open_shifts")
        return Markup("").join(Markup(f"<td>{self._inside('', who, on.day, may_add=True)}</td>") for on in self._found.days)  # noqa: S704 - escaped below

    def row(self, person: GridPerson) -> Markup:
        """Somebody's shifts here and elsewhere, when they are away, and where one may be added."""
        away = {one.day: one.kind for one in person.away}
        elsewhere: dict[str, list[str]] = {}
        for other in person.elsewhere:
            elsewhere.setdefault(other.day, []).append(self._elsewhere(other.starts_min, other.ends_min))
        found = []
        for on in self._found.days:
            here = (not person.here_from or person.here_from <= on.day) and (not person.here_until or on.day < person.here_until)
            wish = away.get(on.day, "")
            inside = self._inside(person.person_id, person.name, on.day, may_add=here)
            found.append(f"{_opened(on, wish, here)}{self._wish(wish)}{''.join(elsewhere.get(on.day, ()))}{inside}</td>")
        return Markup("".join(found))  # noqa: S704 - everything in it was escaped where it was put in

    def _inside(self, person_id: str, who: str, on: str, *, may_add: bool) -> str:
        cells: Sequence[RosterCellRow] = self._cells.get((person_id, on), ())
        if cells:
            return "".join(self._shift(cell, person_id) for cell in cells)
        if not (may_add and self._found.may_plan):
            return ""
        label = escape(self._look.t("console.rosters.add", who=who, day=self._called[on]))
        return f'<a class="add" href="{self._address}&amp;person={person_id}&amp;day={on}&amp;shift=" aria-label="{label}"></a>'

    def _shift(self, cell: RosterCellRow, person_id: str) -> str:
        name = (cell.name_zh if self._look.language == "zh" else cell.name_en) or cell.template
        kind = _Kind(
            tuple((one.starts_min, one.ends_min) for one in cell.placed),
            f"{name}\n{self._roles.get(cell.role, cell.role) if cell.role else ''}", cell.state,
            self._levels.get(cell.id, ""), cell.locked, cell.on_call,
        )  # fmt: skip
        known = self._opening.get(kind)
        if known is None:
            known = self._opening[kind] = self._drawn(kind)
        return f"{known[0]}{self._address}&amp;person={person_id}&amp;day={cell.day}&amp;shift={cell.id}{known[1]}"

    def _drawn(self, kind: _Kind) -> tuple[str, str]:
        """What stands before and after the address."""
        name, role = kind.name.split("\n")
        times = [f"{min_clock(starts)}–{min_clock(ends)}" for starts, ends in kind.times]
        told = [f"{name} {' '.join(times)}", self._say(f"state.{kind.state}")] + ([role] if role else [])
        told += [self._say(f"level.{kind.level}")] if kind.level else []
        marks = [kind.state, kind.level, "locked" if kind.locked else "", "call" if kind.on_call else ""]
        shown = "".join(f"<b>{escape(one)}</b>" for one in times)
        return (
            f'<a class="shift {escape(" ".join(filter(None, marks)))}" href="',
            f'" title="{escape(" · ".join(told))}">{shown}{escape(role or name)}</a>',
        )

    def _elsewhere(self, starts_min: int, ends_min: int) -> str:
        words = escape(self._say("elsewhere"))
        times = f"{min_clock(starts_min)}–{min_clock(ends_min)}"
        return f'<span class="shift elsewhere" title="{words}"><b>{times}</b>{words}</span>'

    def _wish(self, wish: str) -> str:
        return f'<span class="wish {escape(wish)}">{escape(self._say(f"away.{wish}"))}</span>' if wish else ""

    def _say(self, key: str) -> str:
        if key not in self._says:
            self._says[key] = self._look.t(f"console.rosters.{key}")
        return self._says[key]


def _opened(on: GridDay, wish: str, here: bool) -> str:
    """A cell's beginning. `data-shut`: nobody may be planned there."""
    marks = " ".join(filter(None, ("rest" if on.day_kind != "working" else "", f"away-{escape(wish)}" if wish else "")))
    return f"<td{f' class={chr(34)}{marks}{chr(34)}' if marks else ''}{'' if here else ' data-shut'}>"
