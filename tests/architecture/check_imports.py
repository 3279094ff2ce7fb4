"""Who may import whom."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.tree import STDLIB, files, imports, where, within

AREAS = (
    "org", "people", "stores", "devices", "inbox", "approvals", "postings", "leave", "archive", "shifts",
    "attendance", "timesheets", "statements", "learning", "training", "growth", "rosters", "feedback",
    "announcements", "voice", "scoring", "boards", "imports", "sync", "audit",
    "web",
)  # fmt: skip
LAYERS = ("model", "queries", "service", "api")
CONTRACT_MAY_USE = frozenset({"contract", "msgspec", "cryptography", "geopy", "uuid6"})
RULES_MAY_USE = frozenset({"contract"})

# folder -> what may not be imported from there
FORBIDDEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("server", ("mobile", "simulation", "kivy", "plyer", "tests", "tools")),
    ("mobile", ("server", "simulation", "flask", "flask_smorest", "sqlalchemy", "marshmallow", "tests", "tools")),
    (
        "mobile/core",
        ("kivy", "plyer", "jnius", "android", "mobile.ui", "mobile.viewmodels", "mobile.devices", "mobile.main"),
    ),
    (
        "mobile/viewmodels",
        ("kivy", "plyer", "jnius", "android", "sqlite3", "mobile.ui", "mobile.devices", "mobile.main"),
    ),
    ("mobile/devices", ("kivy", "mobile.ui", "mobile.viewmodels", "mobile.main")),
    # what computes rosters runs in processes of its own and knows no database
    ("server/solver", ("sqlalchemy", "flask", "server.kernel", "server.app", "server.cli", *(f"server.{one}" for one in AREAS))),
    ("server/kernel", (*(f"server.{area}" for area in AREAS), "server.app", "server.cli")),
)


def wrong_imports(root: Path) -> list[str]:
    """Every import that points the wrong way."""
    complaints: list[str] = []
    for path in files(root, ".py", "contract", "server", "mobile"):
        here = where(root, path)
        parts = path.relative_to(root).with_suffix("").parts
        for line, name in imports(root, path):
            if reason := _why_not(here, parts, name):
                complaints.append(f"{here}:{line} imports {name}: {reason}")
    return complaints


def _why_not(here: str, parts: tuple[str, ...], name: str) -> str | None:
    top = name.split(".")[0]
    if parts[0] == "contract" and top not in CONTRACT_MAY_USE | STDLIB:
        return "contract/ is standard library and the wire, key and geodesy libraries only"
    for folder, banned in FORBIDDEN:
        if here.startswith(folder + "/") and within(name, *banned):
            return f"{folder}/ does not know it"
    if parts[0] != "server" or len(parts) < 3:
        return None
    area = parts[1]
    layer = parts[2]
    pure = layer == "rules" or layer.startswith("rules_")
    if pure and top not in RULES_MAY_USE | STDLIB and not within(name, f"server.{area}.rules"):
        return "rules are functions over facts: contract and standard library only"
    if area not in AREAS:
        return None
    if within(name, "server.app", "server.cli"):
        return "an area does not know how it is wired"
    for later in AREAS[AREAS.index(area) + 1 :]:
        if within(name, f"server.{later}"):
            return f"{area} comes before {later}; let {later} react to an event"
    if layer in LAYERS:
        for above in LAYERS[LAYERS.index(layer) + 1 :]:
            if within(name, f"server.{area}.{above}"):
                return f"{layer} comes before {above}"
    return None
