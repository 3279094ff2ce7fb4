"""Categories of Moodle and our pools: a category's last step names the pool, where it can be a key."""

from __future__ import annotations

import hashlib
import re

TOP = "$course$/top"
_NOT_IN_KEY = re.compile(r"[^a-z0-9_-]+")


def pool_of(category: str) -> str | None:
    """The pool of a category such as `$course$/top/Food hygiene`; None at the top. What cannot be a key gets a steady name."""
    steps = [step.strip() for step in category.replace("//", "\x1f").split("/")]
    steps = [step.replace("\x1f", "/") for step in steps if step and not step.startswith("$")]
    if steps and steps[0].casefold() == "top":
        steps = steps[1:]
    if not steps or steps[-1].casefold().startswith("default for "):
        return None
    name = steps[-1]
    key = _NOT_IN_KEY.sub("-", name.casefold()).strip("-")[:40]
    if len(key) < 2 and key != name:
        return f"p{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return key
