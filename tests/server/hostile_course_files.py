"""Files that are meant to hurt whoever reads them. Run as a program it reads them all and says what came of each."""

from __future__ import annotations

import io
import json
import re
import resource
import stat
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from server.learning.formats.gift import read_gift
from server.learning.formats.markdown import read_markdown
from server.learning.formats.moodle import read_moodle
from server.learning.formats.told import Refused

_QUESTION = '<question type="multichoice"><name><text>q</text></name><questiontext><text>{}</text></questiontext>{}</question>'


def _zip(files: dict[str, bytes], *, link: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if link:
            entry = zipfile.ZipInfo(link)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, b"/etc/passwd")
    return out.getvalue()


def _quiz(text: str, answers: str) -> bytes:
    return f"<quiz>{_QUESTION.format(text, answers) * 400}</quiz>".encode()


def _markdown(raw: bytes) -> object:
    return read_markdown(raw, "course.zip")


def _bomb() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY l0 "ha">{levels}]><quiz>&l9;</quiz>'.encode()


# name -> (how it is read, the file, how it is refused; None: it is read, and what cannot be taken is told)
HOSTILE: dict[str, tuple[Callable[[bytes], object], Callable[[], bytes], str | None]] = {
    "entity bomb": (read_moodle, _bomb, "learning.file_hostile"),
    "outside entity": (
        read_moodle, lambda: b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>', "learning.file_hostile",
    ),
    "outside document type": (
        read_moodle, lambda: b'<!DOCTYPE quiz SYSTEM "http://example.invalid/x.dtd"><quiz/>', "learning.file_hostile",
    ),
    "a million answers in xml": (
        read_moodle, lambda: b"<quiz><question>" + b"<answer/>" * 10**6 + b"</question></quiz>", "learning.file_too_many",
    ),
    "many answers in xml": (
        read_moodle, lambda: f"<quiz>{_QUESTION.format('?', '<answer><text>a</text></answer>' * 30_000)}</quiz>".encode(), None,
    ),
    "deep xml": (read_moodle, lambda: b"<quiz>" + b"<a>" * 70_000 + b"</a>" * 70_000 + b"</quiz>", "learning.file_empty"),
    "not xml": (read_moodle, lambda: b"<quiz><question>", "learning.file_unreadable"),
    "another xml": (read_moodle, lambda: b"<html/>", "learning.file_unreadable"),
    "an encoding that there is not": (
        read_moodle, lambda: b'<?xml version="1.0" encoding="utf-64"?><quiz/>', "learning.file_unreadable",
    ),
    "languages without end": (
        read_moodle,
        lambda: _quiz("&lt;span class='multilang' lang='en'&gt;" * 400, "<answer fraction='100'/>" * 2), None,
    ),
    "html without end": (
        read_moodle,
        lambda: _quiz("&lt;!--&lt;a " * 1_500, "<answer fraction='100'><text>x</text></answer>"), None,
    ),
    "nul in xml": (read_moodle, lambda: b"<quiz>\x00</quiz>", "learning.file_encoding"),
    "large xml": (read_moodle, lambda: b"<quiz>" + b" " * 50_000_000 + b"</quiz>", "learning.file_too_large"),
    "a million answers in gift": (read_gift, lambda: b"q {" + b"=a\n" * 600_000 + b"}", None),
    "more answers in gift": (read_gift, lambda: b"q {" + b"=a\n" * 10**6 + b"}", "learning.file_too_large"),
    "a line of fifty megabytes": (read_gift, lambda: b"x" * 50_000_000, "learning.file_too_large"),
    "a line of two megabytes": (read_gift, lambda: b"q" * 2_000_000 + b"{T}", None),
    "braces without end": (read_gift, lambda: b"{" * 1_000_000, None),
    "questions without end": (read_gift, lambda: b"q {T}\n\n" * 250_000, None),
    "escapes without end": (read_gift, lambda: b"\\~" * 900_000 + b"{T}", None),
    "nul in gift": (read_gift, lambda: b"q\x00 {T}", "learning.file_encoding"),
    "no text": (read_gift, lambda: b"\x89\xff\xfe\x81\x00\x01", "learning.file_encoding"),
    "zip bomb": (_markdown, lambda: _zip({f"{n}.md": b"\n" * 8_000_000 for n in range(12)}), "learning.file_too_large"),
    "one large file": (_markdown, lambda: _zip({"a.md": b"a" * 40_000_000}), "learning.file_too_large"),
    "files without end": (_markdown, lambda: _zip({f"{n}.md": b"" for n in range(4_000)}), "learning.file_too_many"),
    "a path that leads out": (_markdown, lambda: _zip({"../../etc/cron.d/x.md": b"# x\ny"}), "learning.file_hostile"),
    "an absolute path": (_markdown, lambda: _zip({"/etc/x.md": b"# x\ny"}), "learning.file_hostile"),
    "a path of Windows": (_markdown, lambda: _zip({"..\\..\\x.md": b"# x\ny"}), "learning.file_hostile"),
    "a drive of Windows": (_markdown, lambda: _zip({"c:x.md": b"# x\ny"}), "learning.file_hostile"),
    "a link": (_markdown, lambda: _zip({"a.md": b"# x\ny"}, link="b.md"), "learning.file_hostile"),
    "a broken zip": (_markdown, lambda: _zip({"a.md": b"# x\ny"})[:40], "learning.file_unreadable"),
    "cards without end": (_markdown, lambda: _zip({"a.md": b"a\n---\n" * 100_000}), "learning.file_too_many"),
    "rules within a fence": (_markdown, lambda: _zip({"a.md": b"# x\n```\n" + b"---\n" * 500_000}), "learning.file_too_many"),
    "empty lines without end": (_markdown, lambda: _zip({"a.md": b"\n" * 2_000_000 + b"# x\ny"}), None),
    "a course in latin": (_markdown, lambda: _zip({"a.md": b"# x\n\xe9\xff\xff"}), "learning.file_encoding"),
}  # fmt: skip


def run() -> dict[str, object]:
    """What came of each: (code, seconds of this process's own time), and the most memory that was held, in MB."""
    found: dict[str, object] = {}
    for name, (read, make, _) in HOSTILE.items():
        raw = make()
        begun = time.process_time()
        try:
            read(raw)
            code = None
        except Refused as refused:
            code = refused.code
        found[name] = [code, round(time.process_time() - begun, 2)]
        del raw
    return {"found": found, "most_mb": _most_kb() // 1024}


def _most_kb() -> int:
    """The most that this program itself ever held; `ru_maxrss` would begin with what its parent held when it was forked."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(re.findall(r"^VmHWM:\s*([0-9]+) kB$", status.read_text(encoding="ascii"), re.MULTILINE)[0])


if __name__ == "__main__":
    json.dump(run(), sys.stdout)
