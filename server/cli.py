"""`outpost`: the command line. Commands parse and print; what they do is done by operations, like everything else."""

from __future__ import annotations

import csv
import importlib
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from contract.ids import new_id
from contract.imports import StoreListTerms
from contract.messages import Language, say
from contract.people import ROLES
from contract.wire import Wire, convert
from server import beginnings, migrate
from server.audit.command import audit_commands
from server.backup import BackupFailed, backups, make_backup, restore
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Outcome, perform
from server.kernel.problems import Problem
from server.learning.command import course_commands
from server.serving import run_server
from server.settings import Settings
from server.solver.bench import bench
from server.statements.command import statement_commands
from server.wiring import every_handler


class Here:
    """The server this command line works on: its settings and, when first asked for, its database."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.db = Database(self.settings.database_url, pool_size=self.settings.writer_pool)

    def do(self, operation: Wire, *, op_id: str | None = None) -> Outcome:
        """Perform an operation as the system; ends the command with a sentence when it is refused."""
        every_handler()
        self.must_be_current()
        now = datetime.now(UTC)
        outcome = perform(self.db, Actor.system(), operation, op_id=op_id or new_id(), now=now, secret=self.settings.secret)
        if outcome.status != "applied":
            raise click.ClickException(_sentence(outcome.code or "", outcome.field, outcome.facts))
        return outcome

    def must_be_current(self) -> None:
        found, needed = migrate.current(self.db), migrate.newest()
        if found != needed:
            raise click.ClickException(f"The database is at revision {found}, this release needs {needed}: outpost migrate")


def _outpost() -> Any:
    """What a running server holds, without one running."""
    from server.app import create_app

    here = Here()
    every_handler()
    here.must_be_current()
    return create_app(here.settings, db=here.db).extensions["outpost"]


def language() -> Language:
    """Of the terminal."""
    return "zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en"


def _sentence(code: str, field: str | None, facts: dict[str, Any]) -> str:
    return f"{say(language(), code, **{**facts, 'field': field or ''})} [{code}]"


class _Outpost(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise click.ClickException(_sentence(problem.code, problem.field, problem.facts)) from problem
        except BackupFailed as failed:
            raise click.ClickException(str(failed)) from failed


@click.group(cls=_Outpost)
def main() -> None:
    """Outpost. Settings come from the environment: OUTPOST_DATABASE_URL, OUTPOST_DATA_DIR, OUTPOST_SECRET."""


@main.command("migrate")
def migrate_database() -> None:
    """Bring the database to the revision of this release."""
    here = Here()
    before = migrate.current(here.db)
    migrate.upgrade(here.db)
    every_handler()
    beginnings.ensure(here.db, now=datetime.now(UTC), secret=here.settings.secret)
    click.echo(f"{before} -> {migrate.current(here.db)}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes.")
@click.option("--threads", default=8, show_default=True, help="Threads of each process.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Do due work in threads of these processes.")
@click.option("--hints-port", default=-1, help="Where clients listen for news; 0: nowhere. Default: the next port.")
def serve(host: str, port: int, workers: int, threads: int, worker: bool, hints_port: int) -> None:
    """Migrate, then serve the API and the console."""
    here = Here()
    migrate.upgrade(here.db)
    every_handler()
    beginnings.ensure(here.db, now=datetime.now(UTC), secret=here.settings.secret)
    here.db.dispose()
    beside = port + 1 if hints_port < 0 else hints_port
    run_server(host, port, workers=workers, threads=threads, worker=worker, hints_port=beside)


@main.command("hints")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8001, show_default=True)
def hints(host: str, port: int) -> None:
    """Hold the lines of clients that wait for news, and say when something moved for them."""
    from server.hints.__main__ import main as listen

    listen(host, port)


@main.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def work_off(once: bool) -> None:
    """Do due work: backups, pruning, what operations left for later."""
    from server.kernel.jobs import plan_timed_work, run_due
    from server.wsgi import work_until_told

    outpost = _outpost()
    if once:
        plan_timed_work(outpost)
        click.echo(f"{run_due(outpost)} done")
        return
    work_until_told(outpost)


@main.command()
@click.option("--port", default=8000, show_default=True)
@click.option("--once", is_flag=True, help="Prepare everything and end; do not serve.")
@click.option("--tablet/--no-tablet", default=None, help="A store's tablet in a window. Default: where there is a display.")
def demo(port: int, once: bool, tablet: bool | None) -> None:
    """A company with real stores on embedded SQLite, and a server for it."""
    from server.demo import show

    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    show(port, serve=not once, tablet=has_display if tablet is None else tablet)


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def simulate(arguments: tuple[str, ...]) -> None:
    """People live days through the real client against a running server; --help for its options."""
    sys.exit(importlib.import_module("simulation.command").main(list(arguments)))


@main.group("import")
def import_lists() -> None:
    """Take lists from other systems."""


@import_lists.command("stores")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--datum",
    type=click.Choice(["wgs84", "gcj02", "bd09", "unstated"]),
    default="unstated",
    show_default=True,
    help="The map its positions were copied from. Unstated: WGS-84 with wider fences and a warning.",
)
@click.option("--partner", default="", help="For rows that name no partner.")
@click.option("--zone", default="", help="For rows that name no time zone.")
@click.option("--radius-m", type=click.IntRange(20, 5000), help="For all fences; else as wide as positions are inexact.")
@click.option("--day-turns-at-min", type=click.IntRange(0, 1439), default=300, show_default=True)
@click.option("--dry-run", is_flag=True, help="Only say what would become of the list.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows with errors to this CSV.")
def import_stores_command(file: Path, errors: Path | None, **terms: Any) -> None:
    """Open the stores of a CSV list; again with the same list changes nothing."""
    from server.imports.rules import spreadsheet_safe
    from server.imports.service import Server, import_stores

    here = Here()
    every_handler()
    here.must_be_current()
    server = Server(here.db, Actor.system(), datetime.now(UTC), here.settings.secret, new_id())
    asked = convert({name: value for name, value in terms.items() if value is not None}, StoreListTerms)
    report = import_stores(server, file.read_bytes(), asked, language=language())
    for warned in report.warnings:
        click.echo(f"! {warned.rows} x {warned.message}", err=True)
    for error in report.errors[:20]:
        told = say(language(), "imports.row_failed", row=error.row, column=error.column, sentence=error.message)
        click.echo(f"- {told} [{error.code}]", err=True)
    if errors is not None:
        with errors.open("w", encoding="utf-8-sig", newline="") as out:
            table = csv.writer(out)
            table.writerow(["row", "column", "code", "message"])
            for error in report.errors:
                table.writerow([error.row, *(spreadsheet_safe(text) for text in (error.column, error.code, error.message))])
    facts = {name: getattr(report, name) for name in ("rows", "new", "changed", "same", "bad")}
    click.echo(say(language(), "imports.counted", **facts))
    if report.dry_run:
        click.echo(say(language(), "imports.dry_run"))
    sys.exit(1 if report.bad else 0)


@main.command("backup")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Default: backups in the data folder.")
def back_up(folder: Path | None) -> None:
    """Copy the database while it is in use, and tell the devices what is now safe."""
    here = Here()
    every_handler()
    here.must_be_current()
    made = make_backup(here.db, folder or here.settings.data_dir / "backups", datetime.now(UTC))
    click.echo(f"{made.file} ({made.file.stat().st_size} bytes, {made.devices} devices)")


@main.command("restore")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore_backup(file: Path | None, yes: bool) -> None:
    """Put a backup (default: the newest) in the place of the database. Stop the server first."""
    here = Here()
    every_handler()
    found = file or next(iter(backups(here.settings.data_dir / "backups")), None)
    if found is None:
        raise click.ClickException("there is no backup")
    if not yes:
        click.confirm(f"Replace {here.db.url.render_as_string()} by {found.name}?", abort=True)
    restore(here.db, found)
    click.echo(f"{found.name} is in place. Devices will offer again what came after it.")


@main.group()
def ops() -> None:
    """Operations of devices that were refused, wait, or failed here."""


@ops.command("list")
@click.option("--limit", default=50, show_default=True)
def list_operations(limit: int) -> None:
    """What needs HQ, newest first."""
    from server.kernel.perform import reading
    from server.sync.attention import matters

    here = Here()
    with reading(here.db, Actor.system()) as session:
        found = matters(session, limit=limit)
    for matter in found[:limit]:
        why = _sentence(matter.code, None, matter.facts) if matter.code else ""
        click.echo(f"{matter.received_at:%Y-%m-%d %H:%M}  {matter.kind:12} {matter.id}  {matter.type}  {matter.device}  {why}")
    counted = Counter(matter.kind for matter in found)
    click.echo(", ".join(f"{count} {kind}" for kind, count in sorted(counted.items())) or "nothing")


@ops.command("replay")
@click.option("--parked", is_flag=True, required=True, help="Perform again what failed because of us.")
def replay_operations(parked: bool) -> None:
    """After a repair: perform parked operations again, and what waited for them."""
    from server.kernel.perform import reading
    from server.sync.attention import matters, parked_devices, replay

    outpost = _outpost()
    with reading(outpost.db, Actor.system()) as session:
        devices = parked_devices(matters(session, limit=100_000))
    ended: Counter[str] = Counter()
    for device_id in sorted(devices):
        ended.update(replay(outpost, device_id))
    click.echo(", ".join(f"{count} {status}" for status, count in sorted(ended.items())) or "nothing was parked")


@ops.command("verify")
def verify_operations() -> None:
    """Prove that every device's chain is still what the device signed and the notary stamped."""
    from server.devices.verify import verify_all
    from server.kernel.keys import server_signer

    here = Here()
    here.must_be_current()
    chains, operations, broken = verify_all(here.db, server_signer(here.settings.secret).public)
    click.echo(f"{chains} chains, {operations} operations")
    for device_id, found in broken.items():
        for one in found:
            click.echo(f"{device_id} {one.seq} {one.what}")
    if broken:
        sys.exit(1)


@ops.command("adopt")
@click.argument("quarantine_id")
@click.option("--reason", required=True, help="Why it is to count; kept with the operation.")
def adopt_operation(quarantine_id: str, reason: str) -> None:
    """Perform a quarantined operation after all. A punch then waits for review."""
    from contract.devices import AdoptOperation

    here = Here()
    every_handler()
    here.must_be_current()
    operation = convert({"quarantine_id": quarantine_id, "reason": reason}, AdoptOperation)
    outcome = perform(
        here.db, Actor.system(), operation, op_id=new_id(), now=datetime.now(UTC), secret=here.settings.secret
    )
    if outcome.code is not None:
        raise click.ClickException(_sentence(outcome.code, outcome.field, outcome.facts))
    click.echo(outcome.status)


for _group in (audit_commands, statement_commands, course_commands):
    main.add_command(_group(_outpost, language))
main.add_command(bench)


@main.group()
def devices() -> None:
    """Phones and tablets."""


@devices.command("code")
@click.option("--person", "number", help="Number of the person whose phone it is.")
@click.option("--store", "store_number", help="Number of the store whose tablet it is.")
@click.option("--valid-min", default=60, show_default=True)
def enrolment_code(number: str | None, store_number: str | None, valid_min: int) -> None:
    """A one-time code for setting up a phone or a tablet."""
    from contract.devices import IssueCode
    from server.kernel.perform import reading
    from server.people.queries import person_by_number
    from server.stores.queries import store_by_number

    if (number is None) == (store_number is None):
        raise click.UsageError("either --person or --store")
    here = Here()
    here.must_be_current()
    with reading(here.db, Actor.system()) as session:
        person = person_by_number(session, number) if number else None
        store = store_by_number(session, store_number) if store_number else None
        ids = {"person_id": person.id if person else None, "store_id": store.id if store else None}
    if not any(ids.values()):
        raise click.ClickException(_sentence("people.unknown" if number else "stores.unknown", None, {}))
    kind: Any = "phone" if number else "kiosk"
    issued = here.do(IssueCode(code_id=new_id(), kind=kind, valid_min=valid_min, **ids)).answer
    click.echo(f"{issued['code']}    {issued['qr']}")


@main.group()
def people() -> None:
    """People and accounts."""


@people.command("account")
@click.option("--number", required=True, help="Number of the person; they are hired when nobody has it.")
@click.option("--name", help="For somebody who is not known yet.")
@click.option("--login", required=True)
@click.option("--role", type=click.Choice(ROLES), default="admin", show_default=True)
@click.option("--store", "store_number", help="Number of the store the role is for; without it, everywhere.")
@click.password_option()
def open_account(number: str, name: str | None, login: str, role: Any, store_number: str | None, password: str) -> None:
    """An account for the console: how the first admin comes into a new installation."""
    from contract.people import GrantRole, Hire, OpenAccount
    from server.kernel.perform import reading
    from server.people.queries import person_by_number
    from server.stores.queries import store_by_number

    here = Here()
    here.must_be_current()
    with reading(here.db, Actor.system()) as session:
        person = person_by_number(session, number)
        store = store_by_number(session, store_number) if store_number else None
        person_id, store_id = (person.id if person else None), (store.id if store else None)
    if store_number and store_id is None:
        raise click.ClickException(_sentence("stores.unknown", None, {}))
    if person_id is None:
        if name is None:
            raise click.UsageError("nobody has this number: --name says who it shall be")
        person_id = new_id()
        here.do(Hire(person_id=person_id, number=number, name=name, home_org=here.settings.company))
    account_id = new_id()
    here.do(OpenAccount(account_id=account_id, person_id=person_id, login=login, password=password))
    here.do(GrantRole(grant_id=new_id(), account_id=account_id, role=role, unit_id=store_id))
    click.echo(f"{login}: {role}")


if __name__ == "__main__":
    main()
