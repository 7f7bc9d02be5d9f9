"""The demo district with fewer targets: all its villages, quarters and mishaps, put together once a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from forms.periods import Quarter
from forms.simulation.district import first_day, simulate
from forms.simulation.places import DEMO_VILLAGES
from server.database.engine import reading, writing
from server.demo.run import SEED
from server.demo.simulate import forms_on_phones, keep_places, receive_all
from server.phones import phones
from server.publications.publish import publish_shipped
from tests.support.databases import Databases, ready
from tests.support.station import START, Station, opened, prepared

TARGETS = 12  # of a village; the demo's have some 190, which take minutes to receive
VILLAGES = tuple(replace(one, targets=TARGETS) for one in DEMO_VILLAGES)
TODAY = START.date() - timedelta(days=1)  # the demo's year ends yesterday
QUARTERS = tuple(Quarter.of(first_day(TODAY)).plus(number) for number in range(5))
# A village and a quarter, as addresses have them.
PLACES = [(village.code, str(quarter)) for village in VILLAGES for quarter in QUARTERS]


def demo_district(url: str) -> dict[str, str]:
    """Makes an empty database the demo's, with all cards counted; a phone's token for each village."""
    prepared(url)
    with TemporaryDirectory() as folder:
        station = opened(url, Path(folder), {})
        with writing(station.engine) as connection:
            list(publish_shipped(connection, START))
        keep_places(station.engine, VILLAGES)
        with writing(station.engine) as connection:
            tokens = {one.code: phones.add(connection, one.code, "HP", START) for one in VILLAGES}
        with reading(station.engine) as connection:
            forms, files = forms_on_phones(connection, station.backend.cache)
        for one in VILLAGES:
            sent = simulate(one, forms, files, first_day(TODAY), TODAY, SEED, mishaps=one is VILLAGES[0])
            receive_all(station.engine, station.backend.cache, station.backend.settings, one, sent, START)
            station.client.get(f"/desa/{one.code}.json")  # counts its cards
        station.engine.dispose()
    return tokens


def opened_demo(databases: Databases, folder: Path, **environment: str) -> Iterator[Station]:
    """A server of the demo district on a copy of its own, with settings from `environment`."""
    url, tokens = ready(databases, demo_district)
    station = opened(url, folder, tokens, **environment)
    yield station
    station.engine.dispose()
