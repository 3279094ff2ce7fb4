"""Rows that HQ would send of requests, inbox, leave and hand-overs, and the way to have a scripted server send them."""

from __future__ import annotations

from typing import Any

from contract.approvals import FlowRow, FormField, RequestRow, StepRow, StepRule
from contract.desk import ManagerRow
from contract.inbox import ItemRow
from contract.leave import BalanceRow
from contract.postings import ArrivalRow, ChecklistItem
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import DAY_MS, LIN, STORE, WEI, Device

PRIVATE, DESK, COMPANY = f"private:{WEI}", f"desk:{STORE}", "company"
WU = "01900000-0000-7000-8000-0000000000cc"  # manages the store
ZHOU = "01900000-0000-7000-8000-0000000000dd"  # heads the kitchen at HQ
REQUEST = "01900000-0000-7000-8000-00000000a001"
STEP_1, STEP_2 = "01900000-0000-7000-8000-00000000a011", "01900000-0000-7000-8000-00000000a012"
ITEM_HOST, ITEM_HOME = "01900000-0000-7000-8000-00000000b001", "01900000-0000-7000-8000-00000000b002"
MIN_MS = 60_000

_rv = iter(range(2_000, 1_000_000))


def hq_says(device: Device, *rows: tuple[str, str, str, Any], **page: Any) -> None:
    """The next page brings these rows: (scope, entity, key, row)."""
    device.server.scopes |= {scope for scope, *_ in rows}
    device.server.pages.append({"rows": [(s, e, pk, next(_rv), row) for s, e, pk, row in rows], **page})
    device.core.sync_once()


def a_field(key: str, kind: Any = "text", **more: Any) -> FormField:
    return FormField(key=key, label_zh=f"{key}（中）", label_en=f"{key} (en)", kind=kind, **more)


def transfer_flow(**more: Any) -> FlowRow:
    row: dict[str, Any] = {
        "id": "01900000-0000-7000-8000-00000000f001",
        "kind": "transfer",
        "version": 1,
        "name_zh": "调岗申请",
        "name_en": "Transfer",
        "fields": [
            a_field("store_id", "store", choices=[f"{STORE}|豫园店"]),
            a_field("starts_on", "date"),
            a_field("ends_on", "date", required=False),
            a_field("reason", "long_text", least=4),
        ],
        "steps": [
            StepRule(key="self", order=1, title_zh="本人", title_en="Applicant", by="relation", who="applicant"),
            StepRule(key="head", order=2, title_zh="部门审批", title_en="Department", by="relation", who="department_head"),
            StepRule(key="hr", order=3, title_zh="人事审批", title_en="HR", by="role", who="hr"),
            StepRule(
                key="extra",
                order=4,
                title_zh="加签",
                title_en="Over headcount",
                by="role",
                who="leader",
                only_if="over_headcount",
            ),
        ],
        "from_phone": True,
        "urgent": False,
        "retired": False,
        **more,
    }
    return FlowRow(**row)


def leave_flow() -> FlowRow:
    fields = [
        a_field("leave_kind", "leave_kind", choices=["annual|年休假|Annual leave", "sick|病假|Sick leave"]),
        a_field("from_day", "date"),
        a_field("to_day", "date"),
        a_field("part", "half_day", required=False),
    ]
    return transfer_flow(id="01900000-0000-7000-8000-00000000f002", kind="leave", name_zh="请假", name_en="Leave", fields=fields)


def a_step(step_id: str, state: Any = "waiting", **more: Any) -> StepRow:
    titles = {STEP_1: ("部门审批", "Department"), STEP_2: ("人事审批", "HR")}[step_id]
    return StepRow(
        id=step_id,
        key=titles[1].lower(),
        order=1 + (step_id == STEP_2),
        title_zh=titles[0],
        title_en=titles[1],
        state=state,
        **more,
    )


def open_for(person_id: str, name: str, step_id: str = STEP_1, **more: Any) -> StepRow:
    return a_step(step_id, "open", deciders=[(person_id, name)], opened_ms=START_MS - 130 * MIN_MS, **more)


def request_row(**more: Any) -> RequestRow:
    """Li Wei's transfer, waiting for his department's head."""
    row: dict[str, Any] = {
        "id": REQUEST,
        "kind": "transfer",
        "kind_zh": "调岗申请",
        "kind_en": "Transfer",
        "flow_id": "01900000-0000-7000-8000-00000000f001",
        "number": "R-2026-0001",
        "person_id": WEI,
        "person_name": "李伟",
        "applicant_id": WEI,
        "applicant_name": "李伟",
        "state": "running",
        "form": {"store_id": STORE, "starts_on": "2026-07-01", "reason": "想去学习"},
        "shown": {"store_id": "豫园店"},
        "labels": {"store_id": ("门店", "Store"), "starts_on": ("开始", "From"), "reason": ("理由", "Reason")},
        "steps": [open_for(ZHOU, "周"), a_step(STEP_2)],
        "submitted_ms": START_MS - 140 * MIN_MS,
        **more,
    }
    return RequestRow(**row)


def item_row(number: int, kind: Any = "notice", **more: Any) -> ItemRow:
    row: dict[str, Any] = {
        "id": f"01900000-0000-8000-8000-00000000c{number:03}",
        "trigger": "N-02",
        "kind": kind,
        "about": "request",
        "about_id": REQUEST,
        "facts": {"kind_zh": "调岗申请", "kind_en": "Transfer", "number": "R-2026-0001", "step_zh": "人事审批", "step_en": "HR"},
        "born_ms": START_MS - number * MIN_MS,
        **more,
    }
    return ItemRow(**row)


def balance_row(kind: str = "annual", **more: Any) -> BalanceRow:
    row: dict[str, Any] = {
        "id": f"balance-{kind}",
        "person_id": WEI,
        "kind": kind,
        "name_zh": "年休假",
        "name_en": "Annual leave",
        "accrued": 10 * 480,
        "taken": 2 * 480,
        "left": 8 * 480,
        "as_of": "2026-06-01",
        **more,
    }
    return BalanceRow(**row)


def arrival_row(**more: Any) -> ArrivalRow:
    """Lin Jing comes to the store tomorrow."""
    row: dict[str, Any] = {
        "id": "01900000-0000-7000-8000-00000000e001",
        "person_id": LIN,
        "person_name": "林静",
        "person_number": "1002",
        "home_unit": "HQ Kitchen",
        "store_id": STORE,
        "store_name": "豫园店",
        "starts_on": "2026-06-02",
        "ends_on": "2026-09-01",
        "starts_ms": START_MS + DAY_MS,
        "ends_ms": START_MS + 90 * DAY_MS,
        "home_manager_id": ZHOU,
        "home_manager": "周",
        "host_manager_id": WU,
        "host_manager": "吴",
        "id_number": "3101**********1234",
        "items": [
            ChecklistItem(id=ITEM_HOST, direction="arrival", side="host", title_zh="交钥匙", title_en="Keys handed over"),
            ChecklistItem(id=ITEM_HOME, direction="arrival", side="home", title_zh="交接工作", title_en="Work handed over"),
        ],
        **more,
    }
    return ArrivalRow(**row)


def manager_row(pin: str | None = None, **more: Any) -> ManagerRow:
    return ManagerRow(**{"id": WU, "name": "吴", "from_day": "2020-01-01", "pin": pin, **more})
