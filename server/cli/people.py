"""`kpm history`, `duplicates`, `merge`, `move`, `undo`, `corrections`: people of the register, from the terminal."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import datetime

import click
from sqlalchemy import Connection

from forms.problems import problem
from server.accounts import access_log
from server.cli.context import Session
from server.clock import wall_clock
from server.database.engine import in_turn, reading, writing
from server.decisions import making, merges, transfers
from server.decisions.days import require_come
from server.decisions.undo import undo_decision
from server.entities.decision import Decision
from server.publications.form_versions import FormCache
from server.queries import compare, masking, people
from server.queries.duplicates import duplicate_pairs, elsewhere
from server.queries.history import Event
from server.queries.people import Person
from server.submissions import review
from server.villages import regions

CODE = click.argument("code")
DAY = click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Since when, like 2026-03-10; default: today.")


def made_by(command: str) -> str:
    """Who decides, or looks, from the terminal: whoever may run commands on the server."""
    return f"kpm {command} by {getpass.getuser()}"


@click.command("history")
@click.argument("entity_id")
@click.option("--village", metavar="CODE", help="The village that it is, or was, at home in.")
@click.pass_obj
def history(session: Session, entity_id: str, village: str | None) -> None:
    """Prints everything that is known of a mother, child or household, the oldest first."""
    session.catch_up()
    with reading(session.engine) as connection:
        code = village or _village_of(connection, entity_id)
        found = people.about(connection, code, entity_id, session.today)
    _seen(session, "history", "sasaran", [(code, entity_id)])
    if found.person:
        click.echo(f"{_line(found.person)}\n")
    if found.home:
        click.echo(f"kini / now: {' '.join(found.home)}")
    for event in reversed(found.history):
        _print(session, event)
    for one in found.waiting:
        _print(session, one.event)
        click.echo(f"    menunggu paling lambat / waits until {_at(session, one.until)}")
    for made in found.decisions:
        undone = f", dibatalkan / undone: {made.undone_by}" if made.undone_at else ""
        click.echo(f"{made.kind}  {made.id}  {made.made_by}{undone}")


@click.command("duplicates")
@CODE
@click.pass_obj
def duplicates(session: Session, code: str) -> None:
    """Lists who may be registered twice in a village, and who has the same NIK in another one."""
    session.catch_up(code)
    with reading(session.engine) as connection:
        regions.village_name(connection, code)  # a code without a village is a slip, not an empty list
        pairs = duplicate_pairs(connection, code, session.today)
        beyond = elsewhere(connection, code, session.today, lambda _: True)
    _seen(session, "duplicates", "ganda", [(code, None), *((there.village_id, there.id) for _, there in beyond)])
    for pair in pairs:
        click.echo(f"{', '.join(pair.reasons)}\n  {_line(pair.kept)}\n  {_line(pair.other)}")
    for here, there in beyond:
        click.echo(f"nik\n  {_line(here)}\n  {_line(there)}")


@click.command("merge")
@CODE
@click.argument("loser")
@click.argument("winner")
@click.pass_obj
def merge(session: Session, code: str, loser: str, winner: str) -> None:
    """Makes the entry LOSER a part of WINNER: one person, whose visits count once."""
    session.catch_up(code)
    who = (loser, winner, session.today, made_by("merge"), wall_clock())
    made = in_turn(session.engine, lambda connection: merges.merge(connection, code, *who))
    click.echo(f"{made.id}: digabungkan / merged")


@click.command("move")
@CODE
@click.argument("ids", nargs=-1, required=True)
@click.option("--to", required=True, metavar="CODE", help="Village that they live in now.")
@click.option("--dusun", required=True, help="Hamlet there.")
@click.option("--household", default="", metavar="ID", help="Household there; default: a new one.")
@DAY
@click.pass_obj
def move(
    session: Session, code: str, ids: tuple[str, ...], to: str, dusun: str, household: str, day: datetime | None
) -> None:
    """Takes people with their history to another village."""
    session.catch_up(code)
    since = day.date() if day else session.today
    require_come(since, session.today)

    def decide(connection: Connection) -> Decision:
        regions.village_name(connection, to)
        return transfers.move(connection, code, ids, to, since, dusun, household, made_by("move"), wall_clock())

    made = in_turn(session.engine, decide)
    click.echo(f"{made.id}: dipindahkan / moved")


@click.command("undo")
@CODE
@click.argument("decision")
@click.pass_obj
def undo(session: Session, code: str, decision: str) -> None:
    """Takes back a merge, a move or a change by hand; DECISION as `kpm history` shows it."""
    session.catch_up(code)
    by, now = made_by("undo"), wall_clock()
    in_turn(session.engine, lambda connection: undo_decision(connection, code, decision, by, now))
    click.echo(f"{decision}: dibatalkan / undone")


@click.group("corrections")
def corrections_group() -> None:
    """Corrections, and other content under the same id."""


@corrections_group.command("list")
@CODE
@click.pass_obj
def corrections_list(session: Session, code: str) -> None:
    """Lists what was corrected in a village, and which of each counts."""
    session.catch_up(code)
    with reading(session.engine) as connection:
        regions.village_name(connection, code)  # a code without a village is a slip, not an empty list
        for one in compare.summaries(connection, code):
            click.echo(f"{one.root}  {one.name}{'  menunggu / waits' if one.waits else ''}")
            for version in compare.versions(connection, FormCache(), session.settings.timezone, code, one.root):
                remarks = [
                    "dihitung / counts" if version.counts else "",
                    "dari isian lama / made from an old one" if version.stale else "",
                    version.reason.text("id") if version.reason else "",
                ]
                head = f"{version.number}  {_at(session, version.member.received_at)}  {version.sender}"
                click.echo("  ".join(["  " + head, *filter(None, remarks)]))


@corrections_group.command("choose")
@CODE
@click.argument("root", metavar="THREAD")
@click.argument("number")
@click.pass_obj
def corrections_choose(session: Session, code: str, root: str, number: str) -> None:
    """Lets one of them count: THREAD and NUMBER as `kpm corrections list` shows them."""
    session.catch_up(code)
    zone, by = session.settings.timezone, made_by("corrections choose")

    def decide(connection: Connection) -> None:
        found = compare.versions(connection, FormCache(), zone, code, root)
        use = next((one.member.sha256 for one in found if one.number == number), number)
        review.choose(connection, FormCache(), zone, code, root, use, by, wall_clock())

    in_turn(session.engine, decide)
    click.echo(f"{root}: {number} dihitung / counts")


def _village_of(connection: Connection, entity_id: str) -> str:
    """The village to look in. Raises ProblemError NO_SUCH_PERSON where the register knows nobody of that id."""
    village = next(iter(people.villages_of(connection, entity_id)), None)
    if village is None:
        raise problem(making.NO_SUCH_PERSON, id=entity_id, village="?")
    return village


def _seen(session: Session, command: str, page: str, whom: Iterable[tuple[str, str | None]]) -> None:
    """Records who looks at these people (village, person), before their names are printed, as the pages do."""
    with writing(session.engine) as connection:
        for village, entity_id in dict.fromkeys(whom):
            access_log.record(connection, village, made_by(command), page, entity_id, wall_clock())


def _line(person: Person) -> str:
    """Somebody in one line; of numbers that offices know them by, the end alone."""
    facts = [person.name, person.birth_date, person.nik, person.dusun, person.household, person.state]
    return f"{person.village_id}  {person.id}  {person.list}  {', '.join(str(fact) for fact in facts if fact)}"


def _print(session: Session, event: Event) -> None:
    change = event.change
    source = event.by if event.decision else f"{event.form}, {event.by}"
    action = event.decision.kind if event.decision else change.action
    click.echo(f"{change.day}  {action}  {source}  {_at(session, change.received_at)}  {change.state}")
    for step in event.steps:
        click.echo(f"    {step.name}: {step.before or '-'} -> {step.after or '-'}")
    if change.state == "held":
        for name, text in change.properties.items():
            click.echo(f"    {name}: {masking.shown(name, text)}")
    for conflict in event.conflicts:
        sides = ", ".join(f"{side.by} {side.value} ({side.day})" for side in conflict.sides)
        click.echo(f"    ! {conflict.name}: {sides}; dipakai / used: {conflict.used}")


def _at(session: Session, moment: datetime) -> str:
    return f"{moment.astimezone(session.settings.timezone):%Y-%m-%d %H:%M}"
