"""`outpost courses`: courses and question banks out of files and into them. Each file is said with what could not be taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import click
import sqlalchemy as sa

from contract import wire
from contract.courses import AddMedia, CourseBody, PublishVersion, SaveDraft
from contract.ids import new_id
from contract.messages import Language, say
from contract.quizzes import Quiz
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import perform, reading
from server.kernel.problems import Problem
from server.learning import pictures
from server.learning.formats.gift import read_gift
from server.learning.formats.gift_out import write_gift
from server.learning.formats.markdown import read_markdown
from server.learning.formats.markdown_out import write_markdown
from server.learning.formats.moodle import read_moodle
from server.learning.formats.moodle_out import write_moodle
from server.learning.formats.moving import with_pictures
from server.learning.formats.told import MAX_ZIP_BYTES, Refused, Taken
from server.learning.formats.zips import zip_of
from server.learning.model import Course, CourseVersion
from server.learning.publishing import pictures_of
from server.learning.standing import body_of
from server.people.model import Account
from server.people.queries import actor_of_account

FORMATS: Final = ("markdown", "gift", "moodle")
ENDINGS: Final = {"markdown": ".zip", "gift": ".gift.txt", "moodle": ".xml"}


def course_commands(open_outpost: Callable[[], Outpost], language: Callable[[], Language]) -> click.Group:
    """The group `courses` of the command line."""

    @click.group("courses")
    def courses() -> None:
        """Courses and question banks out of files and into them."""

    @courses.command("import")
    @click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
    @click.option("--as", "login", required=True, help="Whose work it is: somebody's login who may write courses.")
    @click.option("--format", "kind", type=click.Choice(FORMATS), default=None, help="Without it: by the name of the file.")
    @click.option("--language", "spoken", type=click.Choice(("zh", "en")), default=None, help="What the file is written in.")
    @click.option("--publish", is_flag=True, help="Publish at once; without it they are drafts.")
    @click.option("--dry-run", is_flag=True, help="Say what would be taken, and write nothing.")
    def import_courses(
        paths: tuple[Path, ...], login: str, kind: str | None, spoken: Language | None, publish: bool, dry_run: bool
    ) -> None:
        """Folders or zips of Markdown, GIFT and Moodle XML: each a course. A code that is known gets its next version."""
        bring = Bring(open_outpost(), login, language())
        read = [bring.file(path, kind or _kind_of(path), spoken, publish=publish, dry_run=dry_run) for path in paths]
        if not all(read):
            raise SystemExit(1)

    @courses.command("export")
    @click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
    @click.option("--format", "kind", type=click.Choice(FORMATS), default="markdown", show_default=True)
    @click.option("--code", "codes", multiple=True, help="Only this course; may be said several times.")
    def export_courses(folder: Path, kind: str, codes: tuple[str, ...]) -> None:
        """Every published course into FOLDER, one file each."""
        run_export(open_outpost(), folder, kind, codes, language())

    return courses


class Bring:
    """Files brought into a server, one after the other; what is wrong with one is said and the next is read.

    Raises Problem where nobody has this login.
    """

    def __init__(self, outpost: Outpost, login: str, language: Language) -> None:
        self._outpost, self._language = outpost, language
        with reading(outpost.db, Actor.system()) as session:
            asked = sa.select(Account).where(Account.login == login, Account.disabled_at.is_(None))
            account = session.scalars(asked).one_or_none()
            if account is None:
                raise Problem("access.not_found", id=login)
            self._who = actor_of_account(session, account, outpost.clock())

    def file(self, path: Path, kind: str, spoken: Language | None, *, publish: bool, dry_run: bool) -> bool:
        """Whether it was read. A file that is refused as a whole is said, with the reason."""
        try:
            body, code, taken = _read(path, kind, spoken)
            code = code or path.stem
            course_id = self._course_called(code)
            self._tell(path, code, body, taken)
            if dry_run:
                return True
            version_id = new_id()
            body = with_pictures(body, self._kept(taken.pictures))
            self._do(SaveDraft(course_id=course_id or new_id(), version_id=version_id, code=code, body=body))
            if publish:
                self._do(PublishVersion(version_id=version_id, reason="import"))
        except Refused as refused:
            return self._refused(path, refused.code, refused.facts)
        except Problem as problem:
            return self._refused(path, problem.code, problem.facts)
        except wire.Malformed as wrong:
            return self._refused(path, wrong.code, wrong.facts)
        click.echo(say(self._language, "courses.command.published" if publish else "courses.command.drafted", code=code))
        return True

    def _do(self, operation: wire.Wire) -> None:
        """Raises Problem where it is refused."""
        outpost = self._outpost
        who = self._who.at(outpost.clock())
        done = perform(outpost.db, who, operation, op_id=new_id(), now=outpost.clock(), secret=outpost.settings.secret)
        if done.status != "applied":
            raise Problem(done.code or "", field=done.field, **done.facts)

    def _course_called(self, code: str) -> str | None:
        with reading(self._outpost.db, Actor.system()) as session:
            return session.scalar(sa.select(Course.id).where(Course.code == code))

    def _kept(self, found: Mapping[str, bytes]) -> dict[str, str | None]:
        """The names that pictures have once they are shrunk and kept; None for one that cannot be opened."""
        names: dict[str, str | None] = {}
        for sha, raw in found.items():
            try:
                small = pictures.shrink(raw)
            except Problem:
                names[sha] = None
                continue
            pictures.keep(self._outpost.settings.data_dir, small.sha256, small.content)
            self._do(AddMedia(
                sha256=small.sha256, media=small.media, size=len(small.content), width=small.width, height=small.height,  # type: ignore[arg-type]
            ))  # fmt: skip
            names[sha] = small.sha256
        return names

    def _tell(self, path: Path, code: str, body: CourseBody, taken: Taken) -> None:
        questions = len(body.quiz.questions) if body.quiz is not None else 0
        click.echo(
            say(self._language, "courses.command.read", file=path.name, code=code, cards=len(body.cards), questions=questions)
        )
        for one in taken.findings:
            where = ":".join(str(part) for part in (one.where, one.line) if part)
            click.echo(f"  {'-' if one.lost else '~'} {where}: {say(self._language, f'course_file.{one.code}', **one.facts)}")

    def _refused(self, path: Path, code: str, facts: Mapping[str, object]) -> bool:
        click.echo(f"{path.name}: {say(self._language, code, **facts)}", err=True)
        return False


def run_export(outpost: Outpost, folder: Path, kind: str, codes: tuple[str, ...], language: Language) -> None:
    """Each published course as a file of this kind; what it cannot say is told. A course without a quiz has no bank."""
    folder.mkdir(parents=True, exist_ok=True)
    with reading(outpost.db, Actor.system()) as session:
        asked = sa.select(Course.code, CourseVersion.body).join(CourseVersion, CourseVersion.id == Course.version_id)
        found = {row.code: body_of(row.body) for row in session.execute(asked.order_by(Course.code))}
    for code in codes:
        if code not in found:
            raise click.ClickException(say(language, "learning.course_unknown"))
    for code, body in found.items():
        if codes and code not in codes:
            continue
        held = {sha: raw for sha in pictures_of(body) if (raw := pictures.read(outpost.settings.data_dir, sha)) is not None}
        if kind == "markdown":
            content, taken = write_markdown(body, code, held)
        elif body.quiz is None:
            continue
        else:
            content, taken = write_gift(body.quiz.questions) if kind == "gift" else write_moodle(body.quiz.questions, held)
        path = folder / f"{code}{ENDINGS[kind]}"
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()[:12]
        click.echo(f"{path.name}  {len(content)}  {digest}")
        for one in taken.findings:
            click.echo(f"  ~ {one.where}: {say(language, f'course_file.{one.code}', **one.facts)}")


def _kind_of(path: Path) -> str:
    if path.is_dir() or path.suffix in (".zip", ".md"):
        return "markdown"
    return "moodle" if path.suffix == ".xml" else "gift"


def _read(path: Path, kind: str, spoken: Language | None) -> tuple[CourseBody, str | None, Taken]:
    """What a file holds. Raises Refused where it is not read at all."""
    raw = _bytes_of(path)
    if kind == "markdown":
        course = read_markdown(raw, path.name, spoken)
        return course.body, course.code, course.taken
    taken = read_moodle(raw, spoken) if kind == "moodle" else read_gift(raw, spoken)
    quiz = Quiz(questions=taken.questions) if taken.questions else None
    return CourseBody(title_zh=path.stem[:120], quiz=quiz), None, taken


def _bytes_of(path: Path) -> bytes:
    """A file's bytes; of a folder the zip that it would be. A link is not followed out of it."""
    if not path.is_dir():
        with path.open("rb") as file:
            return file.read(MAX_ZIP_BYTES + 1)
    inside = [one for one in sorted(path.rglob("*")) if one.is_file() and not one.is_symlink()]
    if sum(one.stat().st_size for one in inside) > MAX_ZIP_BYTES:
        raise Refused("learning.file_too_large", limit_mb=MAX_ZIP_BYTES // 2**20)
    return zip_of({one.relative_to(path).as_posix(): one.read_bytes() for one in inside})
