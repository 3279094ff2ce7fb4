"""Kernels of the retail family (see `retail.py` for the rules): the best roster of one person for given gains, exactly, by
dynamic programming.

A *gain* is what one more person in a period and activity is worth. What the rules forbid is a transition that is not here, so
what comes out is legal. Two levels: `value_shifts` finds for each start and length the best sequence of activity blocks;
`chain_shifts` strings shifts over the state (next start, working days in a row so far, periods worked so far) and answers for
every total of periods at once, so that people with different contracts share a run; `trace_chain` and `trace_blocks` walk
back. Gains are multiples of 2^-16, so sums of them are exact in any order and walking back may compare with `==`.

All buffers are flat and belong to the caller; kernels call no other function, as `compiled.py` wants. A row of `reach` is
(start index i, run c): the best sum of gains before a shift at starts[i] after exactly c working days in a row, over periods
worked; only [low, high] of a row is ever valid. Inner loops run over slices, which must be windows on their buffer: compiled
code is a quarter faster without the question whether an index is negative.
"""

from __future__ import annotations

from typing import Any

NEVER = -1e18
"""What is impossible; any real sum of gains is far above half of it."""


def value_shifts(
    gain: Any,
    periods: int,
    acts: int,
    starts: Any,
    count: int,
    block: int,
    shortest: int,
    longest: int,
    summed: Any,
    run: Any,
    best: Any,
    value: Any,
) -> None:
    """value[i * (longest - shortest + 1) + length - shortest]: the best sum of gains of a shift of that length at starts[i];
    NEVER where it would leave the horizon."""
    lengths = longest - shortest + 1
    for cell in range(periods * acts):
        summed[cell + acts] = summed[cell] + gain[cell]
    for i in range(count):
        start = starts[i]
        best[0] = 0.0
        for a in range(acts):
            run[a] = -1e18
        for k in range(1, longest + 1):
            top = -1e18
            if start + k <= periods:
                here = (start + k - 1) * acts
                before = best[k - block] if k >= block else -1e18
                for a in range(acts):
                    going = run[a] + gain[here + a]
                    if before > -5e17:
                        fresh = before + (summed[here + acts + a] - summed[here + acts + a - block * acts])
                        if fresh > going:
                            going = fresh
                    run[a] = going
                    if going > top:
                        top = going
            best[k] = top if top > -5e17 else -1e18
            if k >= shortest:
                value[i * lengths + k - shortest] = best[k]


def trace_blocks(
    gain: Any, acts: int, start: int, length: int, block: int, best: Any, arg: Any, run: Any, going_on: Any, out: Any
) -> None:
    """out[k]: the activity in the k-th period of the best shift of that length at `start`."""
    best[0] = 0.0
    for a in range(acts):
        run[a] = -1e18
    for k in range(1, length + 1):
        here = (start + k - 1) * acts
        best[k] = -1e18
        before = best[k - block] if k >= block else -1e18
        for a in range(acts):
            going = run[a] + gain[here + a]
            going_on[k * acts + a] = 1
            if before > -5e17:
                fresh = before
                for j in range(block):
                    fresh += gain[here + a - j * acts]
                if fresh > going:
                    going = fresh
                    going_on[k * acts + a] = 0
            run[a] = going
            if going > best[k] and going > -5e17:
                best[k] = going
                arg[k] = a
    k = length
    while k > 0:
        a = arg[k]
        while going_on[k * acts + a] == 1:
            k -= 1
            out[k] = a
        for _ in range(block):
            k -= 1
            out[k] = a


def chain_shifts(
    value: Any,
    starts: Any,
    day: Any,
    count: int,
    least: int,
    most: int,
    shortest: int,
    longest: int,
    rest: int,
    longest_run: int,
    still: Any,
    days_left: Any,
    stays: Any,
    low: Any,
    high: Any,
    top: Any,
    reach: Any,
    total: Any,
) -> None:
    """total[m] for m in least..most: the best sum of gains of a roster of m periods (NEVER: there is none). still[i]: more
    periods than that cannot be worked from day[i] on."""
    lengths, width = longest - shortest + 1, most + 1
    for m in range(width):
        total[m] = -1e18
    if stays[0] >= count:
        total[0] = 0.0
    for row in range(count * longest_run):
        low[row] = 1
        high[row] = 0
    low[0] = 0
    reach[0] = 0.0
    for i in range(count):
        first_of_day = i > 0 and day[i] != day[i - 1]
        if i > 0 and stays[i - 1] != i - 1:
            for c in range(longest_run):
                source, target = (i - 1) * longest_run + c, i * longest_run + (0 if first_of_day else c)
                start, end = max(low[source], least - still[i]), high[source]
                if start > end:
                    continue
                at, to = source * width, target * width
                if low[target] > high[target]:
                    gone, here = reach[at + start : at + end + 1], reach[to + start : to + end + 1]
                    for m in range(end + 1 - start):
                        here[m] = gone[m]
                    low[target] = start
                    high[target] = end
                else:
                    for m in range(start, low[target]):
                        reach[to + m] = -1e18
                    for m in range(high[target] + 1, end + 1):
                        reach[to + m] = -1e18
                    low[target] = min(low[target], start)
                    high[target] = max(high[target], end)
                    gone, here = reach[at + start : at + end + 1], reach[to + start : to + end + 1]
                    for m in range(end + 1 - start):
                        here[m] = gone[m] if gone[m] > here[m] else here[m]
        lowest, highest = width, -1
        for c in range(longest_run):
            row = i * longest_run + c
            if low[row] <= high[row]:
                lowest, highest = min(lowest, low[row]), max(highest, high[row])
        if highest < 0:
            continue
        for m in range(lowest, highest + 1):
            top[m] = -1e18
        for c in range(longest_run):
            row = i * longest_run + c
            gone, here = reach[row * width + low[row] : row * width + high[row] + 1], top[low[row] : high[row] + 1]
            for m in range(high[row] + 1 - low[row]):
                here[m] = gone[m] if gone[m] > here[m] else here[m]
        after = i + 1
        while after < count and day[after] == day[i]:
            after += 1
        rested = after
        while rested < count and day[rested] < day[i] + 2:
            rested += 1
        target_at = after
        following = stays[i + 1] if i + 1 < count else count
        for length in range(shortest, longest + 1):
            worth = value[i * lengths + length - shortest]
            if worth < -5e17:
                continue
            start, end = max(lowest, least - length), min(highest, most - length)
            if start <= end and following >= count:
                gone, here = top[start : end + 1], total[start + length : end + length + 1]
                for m in range(end + 1 - start):
                    here[m] = gone[m] + worth if gone[m] + worth > here[m] else here[m]
            while target_at < count and starts[target_at] < starts[i] + length + rest:
                target_at += 1
            for c in range(longest_run):
                row = i * longest_run + c
                at = target_at if c + 1 < longest_run else rested
                if at >= count or at > following:
                    continue
                bound = day[at] == day[i] + 1 and c + 1 + days_left[at] > longest_run
                target = at * longest_run + (c + 1 if bound else 0)
                start, end = max(low[row], least - still[at] - length), min(high[row], most - length)
                if start > end:
                    continue
                source, to = row * width, target * width + length
                if low[target] > high[target]:
                    gone, here = reach[source + start : source + end + 1], reach[to + start : to + end + 1]
                    for m in range(end + 1 - start):
                        here[m] = gone[m] + worth
                    low[target] = start + length
                    high[target] = end + length
                else:
                    for m in range(start + length, low[target]):
                        reach[to + m - length] = -1e18
                    for m in range(high[target] + 1, end + length + 1):
                        reach[to + m - length] = -1e18
                    low[target] = min(low[target], start + length)
                    high[target] = max(high[target], end + length)
                    gone, here = reach[source + start : source + end + 1], reach[to + start : to + end + 1]
                    for m in range(end + 1 - start):
                        here[m] = gone[m] + worth if gone[m] + worth > here[m] else here[m]


def trace_chain(
    value: Any,
    starts: Any,
    day: Any,
    count: int,
    periods_worked: int,
    most: int,
    shortest: int,
    longest: int,
    rest: int,
    longest_run: int,
    days_left: Any,
    stays: Any,
    low: Any,
    high: Any,
    reach: Any,
    total: Any,
    out_start: Any,
    out_length: Any,
) -> int:
    """Which shifts make total[periods_worked], the last first: indices into `starts`, and lengths. Answers how many; -1 if
    there is no such roster."""
    lengths, width = longest - shortest + 1, most + 1
    want, left, found = total[periods_worked], periods_worked, 0
    later, run = count, -1
    while left > 0:
        i, hit = later - 1, False
        while i >= 0 and not hit:
            if run > 0 and day[i] < day[later] - 1:
                return -1
            following = stays[i + 1] if i + 1 < count else count
            if following >= later and (run < 0 or day[i] < day[later]):
                for length in range(shortest, min(longest, left) + 1):
                    worth = value[i * lengths + length - shortest]
                    if hit or worth < -5e17 or (run >= 0 and starts[i] + length + rest > starts[later]):
                        continue
                    for c in range(longest_run):
                        row = i * longest_run + c
                        m = left - length
                        if hit or (run > 0 and c != run - 1) or m < low[row] or m > high[row]:
                            continue
                        if run == 0 and day[i] == day[later] - 1 and c + 1 + days_left[later] > longest_run:
                            continue
                        if reach[row * width + m] + worth == want:
                            out_start[found] = i
                            out_length[found] = length
                            found += 1
                            want = reach[row * width + m]
                            left, later, run, hit = m, i, c, True
            i -= 1
        if not hit:
            return -1
    return found


def weigh(have: Any, least: Any, most: Any, cells: int, short: int, wobble: int, seed: int, gain: Any) -> int:
    """gain[cell]: what one more person is worth there: `short` where one is missing, minus the growth of the squared surplus
    beyond the maximum; plus a random amount of up to wobble / 2^17 either way, so that of equal rosters each may win. Answers
    the next seed."""
    for cell in range(cells):
        seed = (seed * 1103515245 + 12345) % 2147483648
        noise = ((seed >> 8) % (wobble + 1) - wobble // 2) / 65536.0
        if have[cell] < least[cell]:
            gain[cell] = short + noise
        elif have[cell] < most[cell]:
            gain[cell] = noise
        else:
            gain[cell] = noise - 2 * (have[cell] - most[cell]) - 1
    return seed


def judge(have: Any, least: Any, most: Any, cells: int) -> Any:
    """(people missing, squared surplus), summed over all cells."""
    missing, surplus = 0, 0
    for cell in range(cells):
        if have[cell] < least[cell]:
            missing += least[cell] - have[cell]
        elif have[cell] > most[cell]:
            surplus += (have[cell] - most[cell]) ** 2
    return missing, surplus


def put(have: Any, plan: Any, count: int, by: int) -> None:
    """Adds `by` in each of the first `count` cells of `plan`."""
    for at in range(count):
        have[plan[at]] += by


def spare(have: Any, most: Any, cells: int, usual: int, since: int) -> int:
    """The first cell from `since` on, round the end, with more than `usual` people beyond the maximum; -1: there is none."""
    for k in range(cells):
        cell = (since + k) % cells
        if have[cell] - most[cell] > usual:
            return cell
    return -1
