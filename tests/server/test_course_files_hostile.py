"""Files that are meant to hurt: refused by a code of ours, quickly, in little memory; and nothing is written where they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contract.refusals import REFUSALS
from server.learning.formats import moodle, zips
from server.learning.formats.moodle import read_moodle
from tests.server.hostile_course_files import HOSTILE, _markdown
from tests.support.planted import instead

ROOT = Path(__file__).parents[2]


def test_hostile_files_are_refused_neatly_within_two_seconds_and_300_mb() -> None:
    command = [sys.executable, "-m", "tests.server.hostile_course_files"]
    said = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120).stdout)
    assert {name: code for name, (code, _) in said["found"].items()} == {name: code for name, (_, _, code) in HOSTILE.items()}
    assert [(name, took) for name, (_, took) in said["found"].items() if took > 2.0] == []
    assert said["most_mb"] < 300


def test_every_refusal_of_a_file_is_registered() -> None:
    assert {code for _, _, code in HOSTILE.values() if code is not None} <= set(REFUSALS)


def test_a_reader_that_opens_entities_or_trusts_names_is_found() -> None:
    from xml.etree.ElementTree import fromstring

    from server.learning.formats.told import Refused

    with instead(moodle, "fromstring", lambda raw, forbid_dtd: fromstring(raw)), pytest.raises(Refused) as refused:
        read_moodle(HOSTILE["outside document type"][1]())
    assert refused.value.code != "learning.file_hostile"
    with instead(zips, "_harmless", lambda entry: True):
        assert _markdown(HOSTILE["a path that leads out"][1]()) is not None
