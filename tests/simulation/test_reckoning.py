"""The reckoning finds each thing that must not be: books that agree are good, and every falsified book is noticed."""

from __future__ import annotations

import dataclasses
from collections import Counter

import msgspec
import pytest

from contract.attendance import PunchRow
from simulation.oracle import DeviceSeen, JournalEntry, Seen
from simulation.reckoning import Reckoning, broken_promises, reckon
from simulation.table import table_of
from simulation.weather import Traffic
from simulation.witness import Act

AT = 1_780_300_000_000


def act(punch_id: str | None = "p1", **more: object) -> Act:
    told = {"person_id": "li", "store_id": "a", "kind": "in", "true_ms": AT, "cause": "street", "gadget": "phone"}
    return Act(**{**told, "punch_id": punch_id, **more})  # type: ignore[arg-type]


def row(punch_id: str = "p1", **more: object) -> PunchRow:
    made = PunchRow(
        id=punch_id, person_id="li", store_id="a", kind="in", taken_ms=AT + 200, low_ms=AT - 900, high_ms=AT + 900,
        grade="exact", received_ms=AT + 5_000, business_date="2026-06-01", place="inside", distance_m=3, accuracy_m=5,
        verdict="green", score_db=30, reasons=[], state="counted",
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def device(*ids: str, status: str | None = "applied", standing: str = "ok", unsent: int = 0) -> DeviceSeen:
    return DeviceSeen("phone", [JournalEntry(i, f"op-{i}", status) for i in ids], standing, unsent, set())


def reckoned(acts: list[Act], rows: list[PunchRow], *devices: DeviceSeen) -> Reckoning:
    return reckon(acts, Seen(rows, list(devices)))


def test_books_that_agree_are_a_good_run() -> None:
    found = reckoned([act()], [row()], device("p1"))
    assert found.complaints == []
    assert (found.taps, found.made, found.on_device, found.with_hq) == (1, 1, 1, 1)
    assert found.honest == {"street": {"green": 1}}
    assert found.time_errors_ms == {"exact": [200]}


def test_a_punch_that_hq_does_not_have_is_lost() -> None:
    assert len(reckoned([act()], [], device("p1")).lost) == 1


def test_a_punch_that_its_device_forgot_is_lost_even_where_hq_has_it() -> None:
    assert len(reckoned([act()], [row()], device()).lost) == 1


def test_a_wiped_phone_has_forgotten_rightly() -> None:
    found = reckoned([act()], [row()], device(standing="revoked"))
    assert (found.lost, found.wiped) == ([], 1)


def test_a_row_that_nobody_tapped_is_a_double() -> None:
    assert len(reckoned([act()], [row(), row("p2")], device("p1")).doubled) == 1


def test_a_row_listed_twice_is_a_double() -> None:
    assert len(reckoned([act()], [row(), row()], device("p1")).doubled) == 1


def test_a_journal_entry_that_nobody_tapped_is_a_double() -> None:
    assert len(reckoned([act()], [row()], device("p1", "p2")).doubled) == 1


@pytest.mark.parametrize("status", ["rejected", "held", "parked"])
def test_an_honest_punch_that_hq_did_not_apply_is_a_refusal(status: str) -> None:
    assert len(reckoned([act()], [row()], device("p1", status=status)).refused_honest) == 1


def test_an_app_that_does_not_take_an_honest_punch_is_a_refusal() -> None:
    assert len(reckoned([act(None, refused="client.no_store")], []).refused_honest) == 1


def test_a_cheat_that_is_refused_is_no_honest_refusal() -> None:
    assert reckoned([act(None, refused="device.revoked", cheat="stolen")], []).refused_honest == []


def test_a_green_cheat_is_named_and_an_asked_one_is_not() -> None:
    assert len(reckoned([act(cheat="mock")], [row()], device("p1")).green_cheats) == 1
    assert reckoned([act(cheat="mock")], [row(verdict="ask")], device("p1")).green_cheats == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"taken_ms": AT + 30_000, "low_ms": AT, "high_ms": AT + 40_000}, 0),
        ({"taken_ms": AT + 30_001, "low_ms": AT, "high_ms": AT + 40_000}, 1),
        ({"grade": "bounded", "taken_ms": AT + 500_000, "low_ms": AT, "high_ms": AT + 800_000}, 0),
        ({"grade": "bounded", "low_ms": AT + 1, "high_ms": AT + 800_000}, 1),
        ({"grade": "unverified", "low_ms": AT - 9_000_000, "high_ms": AT - 1}, 1),
    ],
)
def test_an_exact_time_holds_to_thirty_seconds_and_an_interval_holds_the_truth(changes: dict[str, object], wrong: int) -> None:
    assert len(reckoned([act()], [row(**changes)], device("p1")).wrong_times) == wrong


def test_a_punch_that_came_out_as_another_is_named() -> None:
    for change in ({"store_id": "b"}, {"kind": "out"}, {"person_id": "wang"}):
        assert len(reckoned([act()], [row(**change)], device("p1")).changed) == 1


def test_what_is_unsent_left_over_or_forked_is_a_complaint() -> None:
    assert reckoned([act()], [row()], device("p1", unsent=2)).complaints
    seen = Seen([row()], [device("p1")])
    assert reckon([act()], dataclasses.replace(seen, leftovers=["phone holds store:a"])).complaints
    assert reckon([act()], dataclasses.replace(seen, forked=1)).complaints
    assert reckon([act()], dataclasses.replace(seen, unconfirmed_scopes=1)).complaints


def test_whose_time_nobody_can_prove_are_counted_by_themselves_and_among_all_honest_people() -> None:
    found = Reckoning(honest={
        "street": Counter(green=97, ask=3), "rebooted twice, no signal": Counter(review=2), "accomplice": Counter(review=1),
    })  # fmt: skip
    assert found.provable == {"green": 97, "ask": 3} and found.unprovable == {"review": 2}
    assert found.everybody_honest == {"green": 97, "ask": 3, "review": 2}
    lines = table_of(found, Counter(), Traffic(), wall_s=1.0, title="t").splitlines()
    told = {line.strip().split("  ")[0]: line for line in lines}
    assert "ask 3.00 %, review 0.00 %: kept" in told["time can be proven"]
    assert told["restarted twice, no signal"].endswith("review 100.00 %: above: review")
    assert told["all together"].endswith("review 1.96 %: above: review") and " 102 " in told["all together"]


def test_a_promise_is_kept_at_its_limit_and_broken_by_one_more() -> None:
    assert broken_promises(Counter(green=9_480, ask=500, review=20)) == []
    assert broken_promises(Counter(green=9_479, ask=500, review=21)) == ["review"]
    assert broken_promises(Counter(green=94, ask=6)) == ["ask"] and broken_promises(Counter()) == []


def test_a_total_that_leaves_a_group_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reckoning, "everybody_honest", Reckoning.provable)
    with pytest.raises(AssertionError):
        test_whose_time_nobody_can_prove_are_counted_by_themselves_and_among_all_honest_people()
    assert Reckoning.everybody_honest is Reckoning.provable

