"""What reading or writing a file found: the questions, what could not be taken or was changed, or why it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from contract.quizzes import Question

FindingCode = Literal[
    "not_supported", "unreadable", "no_right_answer", "too_many_choices", "choice_too_long", "invalid",
    "several_blanks", "braces", "number_wrong", "number_rounded", "weights", "partly_right", "wildcard", "case",
    "feedback_merged", "feedback_general", "units", "formatting", "picture_missing", "picture_kind", "picture_more",
    "other_language", "points_rounded", "cut", "encoding", "setting_unknown", "video_link", "file_ignored",
    "not_exported", "not_held", "no_pairs", "one_language",
]  # fmt: skip
FINDINGS: tuple[str, ...] = get_args(FindingCode)
LOST: frozenset[str] = frozenset(
    {"not_supported", "unreadable", "no_right_answer", "too_many_choices", "choice_too_long", "invalid", "several_blanks",
     "number_wrong", "not_exported", "no_pairs"}
)  # fmt: skip
MAX_TEXT_BYTES = 2 * 2**20
MAX_XML_BYTES = 12 * 2**20
MAX_ZIP_BYTES = 15 * 2**20
MAX_FINDINGS = 500


class Refused(Exception):
    """A file that is not read at all. `code` is a refusal code with its facts."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class Finding:
    """Something a reader of the report should know: of which question (its name or number), in which line where one is known.
    Its sentence is `course_file.<code>`. `facts` are words for the sentence."""

    code: FindingCode
    where: str = ""
    line: int | None = None
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def lost(self) -> bool:
        """Whether something was left out as a whole, not merely changed."""
        return self.code in LOST


@dataclass
class Taken:
    """What was found in a question bank. `pictures`: bytes by their SHA-256, as the questions name them."""

    questions: list[Question] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def find(self, code: FindingCode, where: str = "", line: int | None = None, **facts: object) -> None:
        """Note something. A report of more than MAX_FINDINGS lines helps nobody; each is said once."""
        told = Finding(code, where[:80], line, {name: str(value)[:120] for name, value in facts.items()})
        if len(self.findings) < MAX_FINDINGS and told not in self.findings[-20:]:
            self.findings.append(told)
