"""The table a run ends with."""

from __future__ import annotations

from collections import Counter

from simulation.reckoning import Reckoning, broken_promises
from simulation.weather import Traffic

_VERDICTS = ("green", "ask", "review")


def table_of(found: Reckoning, seen: Counter[str], traffic: Traffic, *, wall_s: float, title: str) -> str:
    """As plain text."""
    lines = [title, "=" * len(title), "", "Punches"]
    wiped = f" (+ {found.wiped} wiped)" if found.wiped else ""
    lines += _pairs(
        ("taps on the punch button", found.taps),
        ("made (the app said: kept)", found.made),
        ("kept in a device's journal", f"{found.on_device}{wiped}"),
        ("with HQ", found.with_hq),
        ("lost", len(found.lost)),
        ("doubled", len(found.doubled)),
        ("refused honest people", len(found.refused_honest)),
    )
    lines += ["", "Verdicts on honest people's punches, by what was difficult", *_verdicts(found.honest)]
    lines += ["", "Honest people, and what is promised of them (ask <= 5 %, review <= 0.2 %)"]
    lines += [
        _judged("time can be proven", found.provable), _judged("restarted twice, no signal", found.unprovable),
        _judged("all together", found.everybody_honest),
    ]  # fmt: skip
    lines += ["", "Verdicts on planted cheats (each must be ask or review)", *_verdicts(found.cheats)]
    if found.schemes:
        lines += ["", "Cheats of many days, and how many of them HQ's nightly look made a case of", *_schemes(found.schemes)]
    lines += ["", "Error of the stored time against the true one", *_times(found)]
    lines += ["", "Network"]
    lines += _pairs(("requests of devices", traffic.requests), *sorted(traffic.troubles.items()))
    lines += _pairs(("server not there", traffic.unreachable))
    lines += ["", "What happened on the way", *_pairs(*sorted(seen.items()))]
    lines += ["", "In the end"]
    lines += _pairs(
        ("operations that never reached HQ", found.unsent),
        ("photos that never reached HQ", found.photos),
        ("rows of scopes that should be gone", len(found.leftovers)),
        ("scopes whose purge is not confirmed", found.unconfirmed),
        ("devices marked as forked", found.forked),
        ("wall time", f"{wall_s:.0f} s"),
    )
    complaints = found.complaints
    if complaints:
        lines += ["", f"NOT GOOD: {len(complaints)} complaints", *(f"  {complaint}" for complaint in complaints[:40])]
    else:
        cheats = sum(sum(counts.values()) for counts in found.cheats.values())
        lines += ["", f"lost 0, doubled 0, refused honest people 0, {cheats} of {cheats} planted cheats ask or review"]
    return "\n".join(lines)


def _pairs(*pairs: tuple[str, object]) -> list[str]:
    return [f"  {name:<46} {value!s:>10}" for name, value in pairs]


def _verdicts(table: dict[str, Counter[str]]) -> list[str]:
    head = f"  {'':<46} {'punches':>8} " + " ".join(f"{verdict:>8}" for verdict in _VERDICTS)
    rows = []
    for cause, counts in sorted(table.items()):
        rows.append(f"  {cause:<46} {sum(counts.values()):>8} " + " ".join(f"{counts[verdict]:>8}" for verdict in _VERDICTS))
    return [head, *rows] if rows else ["  none"]


def _schemes(found: list[tuple[str, bool]]) -> list[str]:
    head = f"  {'':<46} {'planted':>8} {'found':>8}"
    planted, seen = Counter(kind for kind, _ in found), Counter(kind for kind, is_found in found if is_found)
    return [head, *(f"  {kind:<46} {count:>8} {seen[kind]:>8}" for kind, count in sorted(planted.items()))]


def _judged(who: str, counts: Counter[str]) -> str:
    """A line of its own for every group, so that nobody stands outside the promise unseen."""
    total = counts.total()
    if not total:
        return f"  {who:<28} {0:>8}"
    shares = ", ".join(f"{verdict} {100 * counts[verdict] / total:.2f} %" for verdict in _VERDICTS)
    broken = broken_promises(counts)
    return f"  {who:<28} {total:>8}   {shares}: {'above: ' + ', '.join(broken) if broken else 'kept'}"


def _times(found: Reckoning) -> list[str]:
    head = f"  {'grade':<14} {'punches':>8} {'median':>10} {'p95':>10} {'max':>10}   interval median"
    rows = []
    for grade in ("exact", "bounded", "unverified"):
        errors = sorted(found.time_errors_ms.get(grade, ()))
        if errors:
            widths = sorted(found.widths_ms[grade])
            values = " ".join(f"{_span(at):>10}" for at in (_at(errors, 0.5), _at(errors, 0.95), errors[-1]))
            rows.append(f"  {grade:<14} {len(errors):>8} {values}   {_span(_at(widths, 0.5))}")
    return [head, *rows]


def _at(ordered: list[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _span(ms: int) -> str:
    if ms < 1_000:
        return f"{ms} ms"
    return f"{ms / 1000:.1f} s" if ms < 120_000 else f"{ms / 60_000:.0f} min"
