"""`outpost audit`: compare, export, show the head. Commands print; what they say comes from the message catalogue."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from contract.audit import origin_of
from contract.merkle import key_line
from contract.messages import Language, say
from server.audit.export import export
from server.audit.heads import HeadFile
from server.audit.sequencer import catch_up
from server.audit.verify import Report, verify
from server.kernel.http import Outpost
from server.kernel.tree import latest_head

PRINTED = 50


def sentence(language: Language, found: dict[str, Any]) -> str:
    """What was found, for people. `found` as it is kept of a comparison."""
    leaf, until = found.get("leaf"), found.get("until")
    facts = {
        "leaf": "?" if leaf is None else leaf,
        "until": leaf if until is None else until,
        "op": found.get("op_id") or say(language, "audit.before_the_log"),
        "table": found.get("table") or "?",
        "row": found.get("row_id") or "?",
    }
    return say(language, f"audit.found.{found['what']}", **facts)


def summary(language: Language, report: Report) -> str:
    facts = {"size": report.size, "rows": report.rows, "heads": report.heads, "erased": report.erased, "waiting": report.waiting}
    if report.is_clean:
        return say(language, "audit.clean", **facts)
    return say(language, "audit.broken", count=len(report.found) + report.more)


def audit_commands(open_outpost: Callable[[], Outpost], language: Callable[[], Language]) -> click.Group:
    """The group `audit` of the command line."""

    @click.group("audit")
    def audit() -> None:
        """The log of everything that was done."""

    @audit.command("verify")
    @click.option(
        "--note",
        "notes",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A head you were given earlier: the log must contain it.",
    )
    def verify_audit(notes: tuple[Path, ...]) -> None:
        """Compare the whole log with what is stored; names every entry that is not what it was. Exit code 1 if there is one."""
        run_verify(open_outpost(), language(), list(notes))

    @audit.command("export")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def export_audit(file: Path) -> None:
        """Write the log to a file that tools/check_audit.py checks with the public key alone."""
        run_export(open_outpost(), language(), file)

    @audit.command("head")
    def show_head() -> None:
        """The newest signed head, as text and as a QR code for paper."""
        run_head(open_outpost(), language())

    return audit


def run_verify(out: Outpost, language: Language, notes: list[Path]) -> None:
    """Prints what does not fit, the first of all by itself; exit code 1 if anything does not."""
    catch_up(out)
    kept = HeadFile(out.settings.data_dir).read()
    given = [*([kept] if kept else []), *(note.read_text(encoding="utf-8") for note in notes)]
    with out.db.snapshot() as connection:
        report = verify(connection, out.signer.public, notes=given)
    click.echo(summary(language, report))
    click.echo(f"{origin_of(out.signer.public)}  {report.size}  {report.root.hex()}")
    if report.erased:
        click.echo(say(language, "audit.erased", erased=report.erased))
    if report.is_clean:
        return
    click.echo(say(language, "audit.first"))
    for one in report.found[:PRINTED]:
        click.echo(f"- {sentence(language, asdict(one))} [{one.what}]")
    if more := report.more + max(0, len(report.found) - PRINTED):
        click.echo(say(language, "audit.more", more=more))
    sys.exit(1)


def run_export(out: Outpost, language: Language, file: Path) -> None:
    catch_up(out)
    with out.db.snapshot() as connection, file.open("w", encoding="ascii") as to:
        done = export(connection, out.signer.public, datetime.now(UTC), to)
    click.echo(say(language, "audit.exported", size=done.size, heads=done.heads, file=file))
    click.echo(key_line(origin_of(out.signer.public), out.signer.public))


def run_head(out: Outpost, language: Language) -> None:
    """The newest head as text and as a QR code, for paper: a payroll run, a letter to an auditor."""
    import segno

    catch_up(out)
    with out.db.snapshot() as connection:
        head = latest_head(connection)
    if head is None:
        raise click.ClickException(say(language, "audit.nothing_signed"))
    click.echo(head.note)
    click.echo(key_line(origin_of(out.signer.public), out.signer.public))
    segno.make(head.note, error="l").terminal(compact=True)
