"""`outpost statement`: write the signed file of a week, and check one. Checking needs the public key and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from contract.audit import origin_of
from contract.merkle import NotANote, key_line, key_of_line
from contract.messages import Language, say
from contract.moments import instant
from contract.statement_seal import NotGenuine, code_of, open_sealed, read_code, seal
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import reading
from server.statements import queries
from server.statements.paper import hours


def statement_commands(open_outpost: Callable[[], Outpost], language: Callable[[], Language]) -> click.Group:
    """The group `statement` of the command line."""

    @click.group("statement")
    def statement() -> None:
        """Weekly statements as signed files."""

    @statement.command("verify")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--key", default=None, help="The server's public key in one line; without it, this server's own.")
    def verify_statement(file: Path, key: str | None) -> None:
        """Check that a file is what the server signed. With --key it needs no database. Exit code 1 if it is not."""
        run_verify(file, key, open_outpost, language())

    @statement.command("export")
    @click.argument("code")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def export_statement(code: str, file: Path) -> None:
        """Write the signed file of the revision with this code, and print the public key."""
        run_export(open_outpost(), code, file, language())

    return statement


def run_verify(file: Path, key: str | None, open_outpost: Callable[[], Outpost], language: Language) -> None:
    """Prints what the file says and who confirmed it; exit code 1 where it is not genuine."""
    try:
        public = key_of_line(key)[1] if key is not None else open_outpost().signer.public
    except NotANote:
        raise click.BadParameter("not a public key", param_hint="--key") from None
    try:
        found = open_sealed(file.read_bytes(), public)
    except NotGenuine as wrong:
        click.echo(say(language, f"statement.command.not_{wrong}"))
        sys.exit(1)
    text = found.text
    click.echo(say(language, "statement.command.genuine"))
    click.echo(
        say(
            language, "statement.command.who", person=text.person_name, number=text.person_number, store=text.store_name,
            week=text.week, revision=text.revision, hours=hours(text.worked_min),
        )
    )  # fmt: skip
    click.echo(say(language, "statement.command.code", code=code_of(found.digest)))
    for side, name, at_ms, op_id, way in found.confirmed:
        said = say(language, f"statement.side.{side}")
        at = instant(at_ms).isoformat(" ", "seconds")
        how = say(language, f"statement.way.{way or 'unsaid'}")
        click.echo(say(language, "statement.command.confirmed", side=said, name=name, at=at, op=op_id, way=how))
    if not found.confirmed:
        click.echo(say(language, "statement.command.nobody"))


def run_export(out: Outpost, code: str, file: Path, language: Language) -> None:
    """Prints where it was written, and the key with which it is checked."""
    known = read_code(code)
    with reading(out.db, Actor.system()) as session:
        row = queries.revision_with(session, known) if known is not None else None
        raw = queries.raw_of(session, row.id) if row is not None else ""
    if row is None or not raw:
        raise click.ClickException(say(language, "statement.command.unknown"))
    file.write_bytes(seal(raw, row.confirmed, out.signer))
    click.echo(say(language, "statement.command.written", file=file))
    click.echo(key_line(origin_of(out.signer.public), out.signer.public))
