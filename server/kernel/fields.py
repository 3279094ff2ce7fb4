"""Ring 4: which fields of a person's record a reader may see, whole or masked. Fields are declared here; rules are data.

Only what answers do ask about is a field: a rule that nobody enforces would be a promise nobody keeps. Whole lists (punches,
postings, leave) are kept from readers by the rights to see them and the scope of their rows.

A reader stands to a person in one or more ways (`Relation`), each through a role. For a field the most that any of them allows
counts. What no rule allows is hidden, and a hidden field is absent from every answer: null would be a lie about the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, get_args

Mode = Literal["hidden", "masked", "read"]
MODES: tuple[Mode, ...] = get_args(Mode)
# self: their own record. home: the role counts over the unit where the person is at home, or everywhere.
# host_*: it counts over a store they are posted to; before its first day, during it, after its last.
Relation = Literal["self", "home", "host_before", "host_during", "host_after"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)


class Field(NamedTuple):
    """One thing that can be read of a person. `mask` makes what is shown instead; without it a masked field is hidden."""

    key: str
    group: str
    mask: Callable[[Any], Any] | None = None


def mask_id_number(whole: Any) -> str:
    """`310***********1234`: the region's digits and the last four; of a short number nothing."""
    text = str(whole)
    return text[:3] + "*" * (len(text) - 7) + text[-4:] if len(text) >= 12 else "*" * len(text)


def mask_ends(whole: Any) -> str:
    """`138****5678`: the first three and the last four; of a short one nothing."""
    text = str(whole)
    return text[:3] + "*" * (len(text) - 7) + text[-4:] if len(text) >= 10 else "*" * len(text)


FIELDS: dict[str, Field] = {
    found.key: found
    for found in (
        Field("name", "basic"),
        Field("number", "basic"),
        Field("home_org", "basic"),
        Field("post", "basic"),
        Field("active", "basic"),
        Field("hired", "basic"),
        Field("has_pin", "basic"),
        Field("mobile", "contact", mask_ends),
        Field("contact", "contact"),  # address, mail, whom to call in need
        Field("birth", "personal"),
        Field("id_number", "personal", mask_id_number),
        Field("contract", "contract"),
        Field("pay", "contract"),
        Field("social_insurance", "social_insurance"),
        Field("documents", "documents"),
        Field("postings", "work"),
        Field("training", "work"),
        Field("performance", "work"),
        Field("photo", "attendance"),  # of a punch
    )
}
FieldRules = Mapping[tuple[str, Relation], Mapping[str, Mode]]


class FieldView:
    """One person's record as one reader may see it."""

    def __init__(self, modes: Mapping[str, Mode], relations: frozenset[Relation] = frozenset()) -> None:
        self._modes = modes
        self.relations = relations

    def mode(self, key: str) -> Mode:
        """How the field may be seen. An undeclared key raises KeyError: a field without a rule shall not slip through."""
        mask = FIELDS[key].mask
        mode = self._modes.get(key, "hidden")
        return "hidden" if mode == "masked" and mask is None else mode

    def reads(self, key: str) -> bool:
        """Whether the field may be seen whole, and so be searched, sorted and exported by."""
        return self.mode(key) == "read"

    def show(self, key: str, value: Any) -> Any:
        """The value, its mask, or None where it is hidden (or unknown): shapes leave out what is None."""
        mode = self.mode(key)
        if value is None or mode == "hidden":
            return None
        mask = FIELDS[key].mask
        return value if mode == "read" or mask is None else mask(value)

    def body(self, values: Mapping[str, Any], *, keys: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The fields a reader may see, by their names; `keys` says which field key a name falls under where they differ."""
        shown = {name: self.show((keys or {}).get(name, name), value) for name, value in values.items()}
        return {name: value for name, value in shown.items() if value is not None}


EVERYTHING = FieldView(dict.fromkeys(FIELDS, "read"), frozenset(RELATIONS))


def view_of(rules: FieldRules, stands: Iterable[tuple[str, Relation]]) -> FieldView:
    """The view of somebody who stands so to a person: (role, relation), each. The most that any of them allows counts."""
    modes: dict[str, Mode] = {}
    stands = list(stands)
    for stand in stands:
        for key, mode in rules.get(stand, {}).items():
            if MODES.index(mode) > MODES.index(modes.get(key, "hidden")):
                modes[key] = mode
    return FieldView(modes, frozenset(relation for _, relation in stands))


# -- what the ready roles may read, before anybody changes it ---------------------------------------------------------------

_NAMED = ("name", "number")
_BASIC = (*_NAMED, "home_org", "post", "active", "hired", "has_pin")
_WORK = ("postings", "training", "performance")


def _rule(*read: str, masked: tuple[str, ...] = ()) -> dict[str, Mode]:
    return {**dict.fromkeys(read, "read"), **dict.fromkeys(masked, "masked")}


# Decision 5: a host reads work, training, performance and contact; never pay; the ID number masked. Decision 6: after the
# return what was made at her store in that time, and nothing new.
_ARRIVAL = _rule(*_NAMED, "home_org", "post", "training", "performance", masked=("id_number",))
_GUEST = _rule(*_BASIC, "mobile", *_WORK, "photo", masked=("id_number",))
_GONE = _rule(*_NAMED, "photo")
_OWN_STAFF = _rule(*_BASIC, "mobile", *_WORK, "photo", masked=("id_number",))
_HOST: dict[Relation, dict[str, Mode]] = {"host_before": _ARRIVAL, "host_during": _GUEST, "host_after": _GONE}

READY_FIELDS: dict[tuple[str, Relation], dict[str, Mode]] = {
    ("employee", "self"): dict.fromkeys(FIELDS, "read"),
    **{
        (role, relation): rule
        for role in ("store_manager", "department_head", "region_manager")
        for relation, rule in {"home": _OWN_STAFF, **_HOST}.items()
    },
    ("hr", "home"): dict.fromkeys(FIELDS, "read"),
    ("hr", "host_before"): _ARRIVAL,
    ("hr", "host_during"): _GUEST,
    ("hr", "host_after"): _GONE,
    ("qa", "home"): _rule(*_BASIC, *_WORK, "photo"),
    ("qa", "host_during"): _rule(*_BASIC, *_WORK, "photo"),
    ("leader", "home"): _rule(*_BASIC, "mobile", "contract", *_WORK, masked=("id_number",)),
    ("leader", "host_during"): _GUEST,
    ("auditor", "home"): _rule(*_BASIC, "contract", *_WORK, "photo", masked=("mobile", "id_number")),
    ("auditor", "host_during"): _GUEST,
    ("admin", "home"): _rule(*_BASIC, "mobile", *_WORK, "photo", masked=("id_number",)),
    # not a role anybody holds: what a store's shared tablet may keep of those who are posted there
    ("tablet", "host_before"): _rule(*_NAMED, "home_org", "post", "active", "has_pin"),
    ("tablet", "host_during"): _rule(*_NAMED, "home_org", "post", "active", "has_pin"),
}
