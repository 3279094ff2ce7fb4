"""The kernels of the NRP pricer: the cheapest roster of one person, by dynamic programming over blocks of working days.

A roster is a row of blocks (runs of working days) with days off between. `blocks` finds, for each first day and length, the
cheapest way to fill a block for each amount of what it uses: minutes, and a counter index `k` that stands for the counted shift
types together (`add[a][b]` is the index of both, -1 when that is over a limit). `join` puts blocks together:
`table[d][k][w][t]` is the least cost of the days before d, such that a block may begin on day d, with counters k, w weekends
and t minutes used. Forbidden successions matter only inside a block and weekends only for where it lies, so the two tables
together are much smaller than one over all states. All amounts are exact floats (see QUANTUM in columns.py), so `trace` walks
back by looking for the sum that is equal; nothing is remembered on the way.

Buffers are flat: numpy arrays under numba, lists without. Minutes are in units of the greatest common divisor."""

from __future__ import annotations

from typing import Any

NEVER = 1e300


def blocks(
    days: int, groups: int, longest: int, kinds: int, width: int, low: int, high: int,
    value: Any, length: Any, counts: Any, follows: Any, add: Any, now: Any, then: Any, block: Any,
) -> None:  # fmt: skip
    """Fill `block[d][n][k][m]`: least cost of working the n days from d on, all of them, using k and m minutes.

    `value[d][g]`: what a shift of group g costs on day d; `length[g]`, `counts[g]` what it uses; `follows[g][h]`: h may come
    after g. `low`, `high`: shortest and longest shift. `now`, `then`: room for groups x kinds x width."""
    size = kinds * width
    for d in range(days):
        for i in range(groups * size):
            now[i] = NEVER
        for g in range(groups):
            if value[d * groups + g] < NEVER:
                now[g * size + counts[g] * width + length[g]] = value[d * groups + g]
        run = 1
        while True:
            at = (d * (longest + 1) + run) * size
            for i in range(size):
                best = now[i]
                for g in range(1, groups):
                    x = now[g * size + i]
                    best = x if x < best else best
                block[at + i] = best
            if run == longest or d + run >= days:
                break
            for i in range(groups * size):
                then[i] = NEVER
            for h in range(groups):
                cost = value[(d + run) * groups + h]
                if cost >= NEVER:
                    continue
                for k in range(kinds):
                    k2 = add[k * kinds + counts[h]]
                    if k2 < 0:
                        continue
                    to = h * size + k2 * width + length[h]
                    for g in range(groups):
                        if follows[g * groups + h] == 0:
                            continue
                        of = g * size + k * width
                        for m in range(run * low, run * high + 1):
                            x = now[of + m] + cost
                            y = then[to + m]
                            then[to + m] = x if x < y else y
            now, then = then, now
            run += 1


def join(
    days: int, longest: int, least: int, rest: int, kinds: int, weekends: int, minutes: int, width: int, low: int, high: int,
    floor: Any, ceiling: Any, weekend_of: Any, add: Any, block: Any, table: Any,
) -> None:  # fmt: skip
    """Fill `table[d][k][w][t]` for d = 0..days. `least`: shortest block inside, `rest`: fewest days off between blocks;
    `floor[d]`, `ceiling[d]`: minutes from which the rest can still be legal; `weekend_of[d][n]`: weekends that a block
    touches."""
    size = kinds * width
    per_day = kinds * weekends * minutes
    for i in range((days + 1) * per_day):
        table[i] = NEVER
    table[0] = 0.0
    for d in range(days):
        here = d * per_day
        for i in range(per_day):
            x = table[here + i]
            y = table[here + per_day + i]
            table[here + per_day + i] = x if x < y else y
        for k in range(kinds):
            for w in range(weekends):
                of = here + (k * weekends + w) * minutes
                first, last = ceiling[d] + 1, -1
                for t in range(floor[d], ceiling[d] + 1):
                    if table[of + t] < NEVER:
                        first = t if t < first else first
                        last = t
                if last < 0:
                    continue
                for n in range(1, longest + 1):
                    end = d + n
                    if end > days:
                        break
                    if n < least and d > 0 and end < days:
                        continue
                    w2 = w + weekend_of[d * (longest + 1) + n]
                    if w2 >= weekends:
                        continue
                    to_day = end + rest
                    to_day = days if to_day > days else to_day
                    at = (d * (longest + 1) + n) * size
                    for more in range(kinds):
                        k2 = add[k * kinds + more]
                        if k2 < 0:
                            continue
                        to = to_day * per_day + (k2 * weekends + w2) * minutes
                        for m in range(n * low, n * high + 1):
                            cost = block[at + more * width + m]
                            if cost >= NEVER:
                                continue
                            t1 = floor[to_day] - m
                            t1 = first if first > t1 else t1
                            t2 = ceiling[end] - m
                            t2 = last if last < t2 else t2
                            for t in range(t1, t2 + 1):
                                x = table[of + t] + cost
                                y = table[to + m + t]
                                table[to + m + t] = x if x < y else y


def ends(
    days: int, kinds: int, weekends: int, minutes: int, least: int, allowed: Any, table: Any, below: float, most: int,
    places: Any, costs: Any,
) -> int:  # fmt: skip
    """The cheapest ends of rosters: their places in the last table and their costs, best first; returns how many (at most
    `most`).

    The first of them is told even when it is not below `below`. `allowed[k][t]`: counters k with t minutes are legal in the
    end."""
    per_day = kinds * weekends * minutes
    found = 0
    for k in range(kinds):
        for w in range(weekends):
            for t in range(least, minutes):
                i = (k * weekends + w) * minutes + t
                x = table[days * per_day + i]
                if x >= NEVER or allowed[k * minutes + t] == 0:
                    continue
                if found > 0 and x >= costs[0] and (x >= below or (found == most and x >= costs[found - 1])):
                    continue
                at = found if found < most else most - 1
                while at > 0 and x < costs[at - 1]:
                    costs[at] = costs[at - 1]
                    places[at] = places[at - 1]
                    at -= 1
                costs[at] = x
                places[at] = i
                found = found + 1 if found < most else found
    return found


def trace(
    days: int, groups: int, longest: int, least: int, rest: int, kinds: int, weekends: int, minutes: int, width: int, place: int,
    value: Any, length: Any, counts: Any, follows: Any, weekend_of: Any, add: Any, block: Any, table: Any, layers: Any, out: Any,
) -> int:  # fmt: skip
    """Write into `out` the group of each day (-1: off) of a roster that ends at `place`; returns 1, or 0 if there is none.

    `layers`: room for (longest + 1) x groups x kinds x width."""
    size = kinds * width
    per_day = kinds * weekends * minutes
    k = place // (weekends * minutes)
    w = (place // minutes) % weekends
    t = place % minutes
    d = days
    while d > 0:
        cost = table[d * per_day + (k * weekends + w) * minutes + t]
        if table[(d - 1) * per_day + (k * weekends + w) * minutes + t] == cost:
            out[d - 1] = -1
            d -= 1
            continue
        found = False
        latest = days if d == days else d - rest
        earliest = d - rest if d - rest > 1 else 1
        end = latest
        start, n, more, m = 0, 0, 0, 0
        while end >= earliest and not found:
            n = 1
            while n <= longest and n <= end and not found:
                start = end - n
                w1 = w - weekend_of[start * (longest + 1) + n]
                if not (n < least and start > 0 and end < days) and w1 >= 0:
                    at = (start * (longest + 1) + n) * size
                    for i in range(size):
                        part = block[at + i]
                        if part >= NEVER:
                            continue
                        more, m = i // width, i % width
                        if m > t:
                            continue
                        for k1 in range(kinds):
                            if add[k1 * kinds + more] == k:
                                before = table[start * per_day + (k1 * weekends + w1) * minutes + t - m]
                                if before < NEVER and before + part == cost:
                                    found = True
                                    for off in range(end, d):
                                        out[off] = -1
                                    k, w, t = k1, w1, t - m
                                    break
                        if found:
                            break
                n += 1
            end -= 1
        if not found:
            return 0
        n -= 1
        cell = groups * size
        for i in range((n + 1) * cell):
            layers[i] = NEVER
        for g in range(groups):
            if value[start * groups + g] < NEVER:
                layers[cell + g * size + counts[g] * width + length[g]] = value[start * groups + g]
        for run in range(1, n):
            for h in range(groups):
                cost = value[(start + run) * groups + h]
                if cost >= NEVER:
                    continue
                for k1 in range(kinds):
                    k2 = add[k1 * kinds + counts[h]]
                    if k2 < 0:
                        continue
                    to = (run + 1) * cell + h * size + k2 * width + length[h]
                    for g in range(groups):
                        if follows[g * groups + h] == 0:
                            continue
                        of = run * cell + g * size + k1 * width
                        for i in range(width - length[h]):
                            x = layers[of + i] + cost
                            y = layers[to + i]
                            layers[to + i] = x if x < y else y
        want = block[(start * (longest + 1) + n) * size + more * width + m]
        last = -1
        run = n
        while run > 0:
            chosen = -1
            for g in range(groups):
                if last >= 0 and follows[g * groups + last] == 0:
                    continue
                if last < 0:
                    if layers[run * cell + g * size + more * width + m] == want:
                        chosen = g
                        break
                    continue
                for k1 in range(kinds):
                    if add[k1 * kinds + counts[last]] == more and m >= length[last]:
                        x = layers[run * cell + g * size + k1 * width + m - length[last]]
                        if x < NEVER and x + value[(start + run) * groups + last] == want:
                            chosen = g
                            more = k1
                            m -= length[last]
                            want = x
                            break
                if chosen >= 0:
                    break
            if chosen < 0:
                return 0
            out[start + run - 1] = chosen
            last = chosen
            run -= 1
        d = start
    return 1
