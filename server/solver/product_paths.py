"""The cheapest plan of one person over all days, by dynamic programming: the kernel behind `product_pricer`.

A state after a day is (how many weekends were worked in a row, how many days, how much this week, when the last shift
ended). Days in a row are 0 (rested: two days off or more), 1 to most, and most + 1 for exactly one day off after work,
which a single day off costs. All costs are integers: shift prices come scaled, so sums are exact and `==` finds the way
back. See `Pricer` in columns.py.
"""

from __future__ import annotations

from typing import Any

NEVER = 1 << 60
"""More than any plan costs; what may not be."""


def cheapest(
    days: int,
    ptr: Any,  # groups of day d: ptr[d] to ptr[d + 1]
    units: Any,  # work of a group, in units
    ends: Any,  # class of its end among the ends of its day: 1, 2, ...
    hard: Any,  # it may follow classes up to this of the day before
    soft: Any,  # without the price of a short night up to this
    price: Any,  # what it costs this person
    off: Any,  # what a day off costs, by day
    sunday: Any,  # 1 on Sundays, by day
    weekend: Any,  # what working on a weekend costs: on its Saturday, or on its Sunday when Saturday was free
    week: Any,  # which week a day is of
    last: Any,  # 1 on the last day of a week
    ending: Any,  # what ending a week with so many units costs: [week * units_most + units]
    units_most: int,
    classes: int,
    most: int,  # days in a row
    in_a_row: int,  # weekends worked in a row, at most
    row: int,  # days worked in a row before the first
    weekends_before: int,  # weekends worked in a row before the first
    short: int,  # what a short night costs
    lonely: int,  # what a single day off costs
    half: int,  # what half a weekend costs
    now: Any,  # room: states
    then: Any,  # room: states
    back: Any,  # room: days * states
    folded: Any,  # room: days * (most + 2) * (in_a_row + 1) * classes
    least: Any,  # room: classes
    least_at: Any,  # room: classes
    open_to: Any,  # room: the groups of a day
    out: Any,  # the answer: by day the group, or -1
) -> int:
    """What the cheapest plan costs; its groups are in `out`. NEVER: there is none."""
    never = 1 << 60
    kinds = most + 2
    runs = kinds * (in_a_row + 1)
    width = units_most * classes
    states = runs * width
    groups = ptr[days] + 1
    for s in range(states):
        now[s] = never
    first = row if row < most else most
    begun = weekends_before if weekends_before < in_a_row else in_a_row
    now[(begun * kinds + first) * width] = 0
    for d in range(days):
        for s in range(states):
            then[s] = never
        may = 0
        for j in range(ptr[d], ptr[d + 1]):
            if price[j] < never:
                open_to[may] = j
                may += 1
        for state in range(runs):
            r = state % kinds
            weekends = state // kinds
            worked = 1 <= r <= most
            free = most + 1 if worked and d > 0 else 0
            add = lonely if r == most + 1 else 0
            on = r + 1 if r < most else (1 if r == most + 1 else -1)
            off_cost = off[d]
            on_weekends = weekends
            if sunday[d] == 1:
                on_weekends = weekends + 1
                if in_a_row == 0:
                    on_weekends = 0
                elif on_weekends > in_a_row:
                    on = -1
                    if worked:
                        continue
                weekends = on_weekends if worked else 0
                if worked:
                    off_cost += half
                else:
                    add += weekend[d] + half
            else:
                add += weekend[d]
            free += weekends * kinds
            if on >= 0:
                on += on_weekends * kinds
            for m in range(units_most):
                at = state * width + m * classes
                best, best_at = never, -1
                for c in range(classes):
                    if now[at + c] < best:
                        best, best_at = now[at + c], at + c
                    least[c] = best
                    least_at[c] = best_at
                if best >= never:
                    continue
                if off_cost < never:
                    to = free * width + m * classes
                    value = best + off_cost
                    if value < then[to]:
                        then[to] = value
                        back[d * states + to] = best_at * groups
                if on < 0:
                    continue
                for k in range(may):
                    j = open_to[k]
                    if m + units[j] >= units_most:
                        continue
                    c = soft[j]
                    value = least[c]
                    came = least_at[c]
                    if hard[j] > c and least[hard[j]] + short < value:
                        value = least[hard[j]] + short
                        came = least_at[hard[j]]
                    if value >= never:
                        continue
                    value += price[j] + add
                    to = on * width + (m + units[j]) * classes + ends[j]
                    if value < then[to]:
                        then[to] = value
                        back[d * states + to] = came * groups + j + 1
        if last[d] == 1:
            for r in range(runs):
                for c in range(classes):
                    best, best_at = never, -1
                    for m in range(units_most):
                        at = r * width + m * classes + c
                        if then[at] < never:
                            value = then[at] + ending[week[d] * units_most + m]
                            if value < best:
                                best, best_at = value, m
                            then[at] = never
                    then[r * width + c] = best if best < never else never
                    folded[(d * runs + r) * classes + c] = best_at
        for s in range(states):
            now[s] = then[s]
    best, state = never, -1
    for s in range(states):
        if now[s] < best:
            best, state = now[s], s
    if state < 0:
        return never
    for k in range(days):
        d = days - 1 - k
        if last[d] == 1:
            r = state // width
            c = state % classes
            state = r * width + folded[(d * runs + r) * classes + c] * classes + c
        code = back[d * states + state]
        out[d] = code % groups - 1
        state = code // groups
    return best


def group_prices(
    count: int,
    options: Any,  # the options of a person
    own: Any,  # what each costs by itself
    span_ptr: Any,  # spans of an option: span_ptr[o] to span_ptr[o + 1]
    span_lo: Any,
    span_hi: Any,
    prefix: Any,  # sums of the rows' prices
    group_of: Any,
    night: Any,  # 1 for a night shift, by group
    night_cost: int,
    early: Any,
    early_cost: int,
    closing: Any,
    closing_cost: int,
    starts: Any,  # minute of the day at which a group starts
    usual: Any,  # when this person starts in that week as a rule, by group's day; below 0: nothing to hold on to
    day_of: Any,  # the day of a group
    jitter: int,  # what an hour away from that costs
    jitter_from: int,
    price: Any,  # the answer: by group the cheapest
    best: Any,  # and which option that is
) -> int:
    """The cheapest option of each group at these prices; how many groups there are that may be taken."""
    never = 1 << 60
    found = 0
    for g in range(len(price)):
        price[g] = never
        best[g] = -1
    for k in range(count):
        o = options[k]
        value = own[k]
        for s in range(span_ptr[o], span_ptr[o + 1]):
            value -= prefix[span_hi[s]] - prefix[span_lo[s]]
        g = group_of[o]
        if value < price[g]:
            if price[g] == never:
                found += 1
            price[g] = value
            best[g] = o
    for g in range(len(price)):
        if price[g] < never:
            price[g] += night[g] * night_cost + early[g] * early_cost + closing[g] * closing_cost
            at = usual[day_of[g]]
            if jitter > 0 and at >= 0:
                away = starts[g] - at if starts[g] > at else at - starts[g]
                if away >= jitter_from:
                    price[g] += jitter * ((away + 59) // 60)
    return found
