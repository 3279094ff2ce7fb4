"""What the rules say of a roster, in the reader's language, with the shifts, people and stores it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

import sqlalchemy as sa

from contract.roster_views import Grid
from contract.rostering.sentences import tell
from contract.rostering.shapes import Placed, Verdict
from contract.rosters import RosterCellRow
from contract.rosters import Said as Both
from server.rosters.people_model import Skill
from server.rosters.placing import cell_of, placed_of
from server.web.shell import Look

NO_SHIFTS: Mapping[str, Placed] = {}


class Said(NamedTuple):
    """A verdict in words. `person`: whose it is; `cells`: the shifts it is about."""

    verdict: Verdict
    name: str
    sentence: str
    why: str
    ways: list[str]
    cells: tuple[str, ...]


def placed_in(cells: Iterable[RosterCellRow]) -> dict[str, Placed]:
    """The windows of a grid's shifts by the ids under which rules know them."""
    found = (
        placed_of(
            cell.id, cell.person_id or "", cell.store_id, cell.day, cell.placed, template=cell.template, role=cell.role,
            on_call=cell.on_call, locked=cell.locked, state="draft",
        )
        for cell in cells
    )  # fmt: skip
    return {one.id: one for some in found for one in some}


def gravest(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """What may not be first, then what costs most, then by day."""
    return sorted(verdicts, key=lambda one: (one.level != "hard", -one.points, one.day, one.rule))


def said_of(
    look: Look, verdicts: Sequence[Verdict], grid: Grid | None, *, skills: Mapping[str, str],
    more: Mapping[str, Placed] = NO_SHIFTS, words: Sequence[Both] = (),
) -> list[Said]:  # fmt: skip
    """Verdicts in words, what may not be first. `more`: shifts that the grid does not hold. `words`: the sentence of each, where
    whoever judged has said it already, with the shift in question and for this reader."""
    shifts, names, stores = dict(more), {}, {}
    if grid is not None:
        shifts = {one.id: one for person in grid.people for one in person.elsewhere} | placed_in(grid.cells) | shifts
        names = {person.person_id: person.name for person in grid.people}
        stores = {grid.store_id: grid.store_name}
    found = []
    spoken = [both.zh if look.language == "zh" else both.en for both in words]
    for one, sentence in zip_longest(verdicts, spoken[: len(verdicts)]):
        told = tell(look.language, one, shifts, name=names.get(one.person_id, ""), stores=stores, skills=skills)
        cells = tuple(dict.fromkeys(cell_of(shift) for shift in one.shifts))
        found.append(Said(one, told.name, sentence or told.sentence, told.why, told.ways, cells))
    return sorted(found, key=lambda said: (said.verdict.level != "hard", -said.verdict.points, said.verdict.day, said.name))


def role_words(look: Look) -> dict[str, str]:
    """What roles are called, by code."""
    rows = look.session.execute(sa.select(Skill.code, Skill.name_zh, Skill.name_en).order_by(Skill.code))
    return {code: zh if look.language == "zh" else en for code, zh, en in rows}


def worst(said: Iterable[Said]) -> str:
    """The level that colours a shift: hard before soft, "" for none."""
    levels = {one.verdict.level for one in said}
    return "hard" if "hard" in levels else "soft" if "soft" in levels else ""
