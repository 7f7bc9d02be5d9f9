"""`kpm simulate`: villages that nobody lives in, straight into the receive path, for trying out how much it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import PurePath

from sqlalchemy import Connection, Engine

from forms.domain import FORMS
from forms.periods import add_months
from forms.problems import Problem, problem
from forms.simulation.district import phone_form, simulate
from forms.simulation.engine.phone import LookUp, PhoneForm, Sent
from forms.simulation.places import Village, load_villages, regions_of
from forms.submission import read_envelope
from server.database.engine import reading, writing
from server.publications.form_versions import FormCache, form_xml, media_content, media_hashes
from server.settings import Settings
from server.submissions.inbox import catch_up
from server.submissions.interpret import IncomingSubmission
from server.submissions.receive import receive
from server.villages import regions

FORMS_MISSING = Problem(
    "simulation-needs-forms",
    409,
    "Simulasi memerlukan formulir {names}. Jalankan: kpm init",
    "The simulation needs the forms {names}. Run: kpm init",
)
# One commit for so many submissions: what is measured is the receiving, not the disk's waiting for each of them.
BATCH = 200
PHONE = "simulasi"


def forms_on_phones(connection: Connection, cache: FormCache) -> tuple[dict[str, PhoneForm], dict[str, LookUp]]:
    """What a phone downloads: the published forms, ready to fill, and their look-up files by name.

    Raises ProblemError FORMS_MISSING where one of the forms of the simulation is not published.
    """
    published = {form.form_id: form for form in cache.current(connection)}
    if missing := [name for name in FORMS if name not in published]:
        raise problem(FORMS_MISSING, names=", ".join(missing))
    forms, files = {}, {}
    for name in FORMS:
        version = published[name].version
        xml = form_xml(connection, name, version) or b""
        forms[name] = phone_form(xml, published[name].schema)
        for file in media_hashes(connection, name, version):
            content = media_content(connection, name, version, file) or b""
            files[PurePath(file).stem] = LookUp(content)
    return forms, files


def keep_places(engine: Engine, villages: Iterable[Village]) -> None:
    """Adds the villages, and all that they lie in, to the regions."""
    with writing(engine) as connection:
        names = regions_of(villages)
        regions.keep(connection, [regions.Region(code, name) for code, name in names.items()])


def simulate_villages(
    engine: Engine,
    settings: Settings,
    now: datetime,
    villages: int,
    months: int,
    seed: int,
    progress: Callable[[Sequence[Village]], Iterable[Village]],
) -> int:
    """Sends so many months of so many villages through `receive`; how many submissions. Repeating it adds nothing.

    `progress` passes the villages on, and shows how far it is.
    """
    places = load_villages(villages)
    keep_places(engine, places)
    cache = FormCache()
    with reading(engine) as connection:
        forms, files = forms_on_phones(connection, cache)
    today = now.astimezone(settings.timezone).date()
    first = add_months(today.replace(day=1), 1 - months)
    return sum(
        receive_all(engine, cache, settings, village, simulate(village, forms, files, first, today, seed), now)
        for village in progress(places)
    )


def receive_all(
    engine: Engine, cache: FormCache, settings: Settings, village: Village, sent: Iterator[Sent], now: datetime
) -> int:
    """Puts what the village's phone sends through `receive` and the processor; how many submissions."""
    count = 0
    for batch in _batches(sent):
        with writing(engine) as connection:
            for one in batch:
                receive(connection, cache, _incoming(village, one, now, settings), ())
        catch_up(engine, cache, village.code, settings.timezone, now)
        count += len(batch)
    return count


def _batches(sent: Iterator[Sent]) -> Iterator[list[Sent]]:
    while batch := list(islice(sent, BATCH)):
        yield batch


def _incoming(village: Village, sent: Sent, now: datetime, settings: Settings) -> IncomingSubmission:
    return IncomingSubmission(village.code, PHONE, None, sent.body, read_envelope(sent.body), now, settings.timezone)
