"""The linear programme over the columns known so far, on HiGHS: one row per person (exactly one column) and one per demand.

HiGHS keeps the basis between calls, so adding columns and fixing persons costs a few pivots. Only this file knows highspy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import Any

import highspy
import numpy as np

from server.solver.columns import QUANTUM, Column, Problem

Array = Any
EPSILON = 1e-7
DUAL = 1
PRIMAL = 4
"""HiGHS's primal simplex: after columns were added the basis is still feasible, and this goes on from there (twice as fast as
the dual)."""


class Master:
    """Some persons of a problem, while the others stay as they are (`have`: what those add to the rows, `fixed_cost` what they
    cost)."""

    def __init__(self, problem: Problem, persons: Sequence[int], have: Sequence[int] | None = None, fixed_cost: int = 0) -> None:
        self.problem = problem
        self.persons = list(persons)
        self.place = {person: i for i, person in enumerate(self.persons)}
        self.columns: list[Column] = []
        self.known: set[Column] = set()
        self.constant = problem.base + fixed_cost
        rows = problem.rows
        self.rhs = np.array([row.need for row in rows], dtype=float) - (np.array(have, dtype=float) if have is not None else 0)
        steps = [(i, 1.0, w, c) for i, row in enumerate(rows) for w, c in row.under]
        steps += [(i, -1.0, w, c) for i, row in enumerate(rows) for w, c in row.over]
        self._row = np.array([s[0] for s in steps], dtype=np.int32)
        self._sign = np.array([s[1] for s in steps])
        self._width = np.array([inf if s[2] is None else float(s[2]) for s in steps])
        self._cost = np.array([float(s[3]) for s in steps])
        self.highest = np.array([float(row.under[-1][1]) for row in rows])
        self.lowest = np.array([-float(row.over[-1][1]) for row in rows])
        self._lp = _quiet()
        self._lp.setOptionValue("presolve", "off")
        self._lp.setOptionValue("simplex_strategy", PRIMAL)
        equal = np.concatenate([self.rhs, np.ones(len(self.persons))])
        nothing = np.array([], dtype=np.int32)
        self._lp.addRows(len(equal), equal, equal, 0, nothing, nothing, np.array([]))
        free = len(steps)
        if free:
            starts = np.arange(free, dtype=np.int32)
            self._lp.addCols(free, self._cost, np.zeros(free), self._width, free, starts, self._row, self._sign)
        self.free = free
        self.closed: dict[int, Column] = {}
        self.solves = 0

    def add(self, columns: Iterable[Column]) -> int:
        """Those not known yet; returns how many."""
        new = []
        for column in columns:
            if column not in self.known:
                self.known.add(column)
                new.append(column)
        if new:
            starts: list[int] = []
            indices: list[int] = []
            values: list[int] = []
            at = 0
            for column in new:
                starts.append(at)
                indices.extend(column.rows)
                indices.append(len(self.rhs) + self.place[column.person])
                values.extend(column.coefs or (1,) * len(column.rows))
                values.append(1)
                at = len(indices)
            cost = np.array([float(c.cost) for c in new])
            most = np.array([0.0 if c.person in self.closed else inf for c in new])
            self._lp.addCols(
                len(new), cost, np.zeros(len(new)), most, len(indices),
                np.array(starts, dtype=np.int32), np.array(indices, dtype=np.int32), np.array(values, dtype=float),
            )  # fmt: skip
            self.columns.extend(new)
        return len(new)

    def solve(self) -> float:
        """The least cost of mixing columns, with the constant part; then `shares`, `duals` and `of_person` are those of the
        optimum."""
        self.solves += 1
        self._lp.run()
        self._lp.setOptionValue("simplex_strategy", PRIMAL)
        status = self._lp.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            self._lp.setBasis()
            self._lp.run()
            status = self._lp.getModelStatus()
            if status != highspy.HighsModelStatus.kOptimal:
                raise ArithmeticError(f"linear programme: {self._lp.modelStatusToString(status)}")
        solution = self._lp.getSolution()
        values = np.array(solution.col_value)
        self.shares = values[self.free :]
        self.slack = values[: self.free]
        duals = np.array(solution.row_dual)
        self.duals, self.of_person = duals[: len(self.rhs)], duals[len(self.rhs) :]
        self.value = float(self._lp.getInfo().objective_function_value) + self.constant
        return self.value

    def exact(self, duals: Array) -> Array:
        """The nearest prices that are multiples of QUANTUM and within what the last steps cost."""
        return np.clip(np.rint(duals / QUANTUM) * QUANTUM, self.lowest, self.highest)

    def rows_at(self, duals: Array) -> float:
        """The rows' part of the Lagrangian bound at exact prices, with the constant part."""
        total = float(duals @ self.rhs)
        if np.isfinite(self._width).any():
            limited = np.isfinite(self._width)
            gain = np.minimum(0.0, self._cost[limited] - self._sign[limited] * duals[self._row[limited]])
            total += float(gain @ self._width[limited])
        return total + self.constant

    def reduced(self) -> Array:
        """Reduced costs of all columns at the duals of the last optimum."""
        return np.array(self._lp.getSolution().col_dual)[self.free :]

    def fix(self, chosen: Sequence[int]) -> None:
        """Columns (by index) that are taken whole; their persons get no other."""
        persons = {self.columns[i].person: i for i in chosen}
        self.closed.update((person, self.columns[i]) for person, i in persons.items())
        touched = [i for i, c in enumerate(self.columns) if c.person in persons]
        low = np.array([1.0 if persons[self.columns[i].person] == i else 0.0 for i in touched])
        self._bounds(touched, low, low)

    def release(self, persons: Iterable[int] | None = None) -> None:
        """Undo `fix` for these persons (None: for all)."""
        opened = set(self.closed if persons is None else persons)
        touched = [i for i, c in enumerate(self.columns) if c.person in opened]
        for person in opened:
            del self.closed[person]
        self._bounds(touched, np.zeros(len(touched)), np.full(len(touched), inf))

    def _bounds(self, touched: list[int], low: Array, high: Array) -> None:
        if touched:
            self._lp.setOptionValue("simplex_strategy", DUAL)
            self._lp.changeColsBounds(len(touched), np.array(touched, dtype=np.int32) + self.free, low, high)

    def trim(self, keep: int) -> None:
        """Forget columns of the highest reduced cost, down to `keep`."""
        if len(self.columns) <= keep:
            return
        reduced = self.reduced()
        reduced[self.shares > EPSILON] = -inf
        order = np.argsort(reduced, kind="stable")
        gone = np.sort(order[keep:])
        self._lp.deleteCols(len(gone), gone.astype(np.int32) + self.free)
        lost = set(gone.tolist())
        self.known.difference_update(self.columns[i] for i in lost)
        self.columns = [c for i, c in enumerate(self.columns) if i not in lost]


def _quiet() -> Any:
    lp: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("parallel", "off")):
        lp.setOptionValue(name, value)
    return lp
