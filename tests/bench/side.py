"""The two that take turns: the server with its villages, and the bare handler."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from lxml import etree

from server.clock import wall_clock
from server.database.engine import open_engine, writing
from server.database.upgrade import upgrade
from server.phones import phones
from server.publications import publish
from server.villages import regions
from tests.bench.load import Job, Outcome, run
from tests.bench.village import MOTHER, families, fill_village, registration, visit
from tests.support.form_engine import Engine as FormEngine
from tests.support.phone import Phone
from tests.support.phone_http import multipart
from tests.support.served import Served

# Connections over which the families are registered, before anything is measured.
REGISTERING = 8


@dataclass(frozen=True)
class Places:
    """Villages by code with their phones' tokens: those that are under load, and the one that a new phone asks for."""

    loaded: dict[str, str]
    shown: str


@dataclass
class Side:
    """A running handler of submissions, and whom the submissions are about: (path, TARGET) in turn."""

    served: Served
    template: str
    targets: list[tuple[str, str]]

    def post(self, connections: int, seconds: float) -> Outcome:
        """Posts visits; the next time to those who were not yet visited."""
        outcome = run(Job(self.served.port, connections, seconds, self.template, self.targets))
        gone = len(outcome.took) % len(self.targets)
        self.targets = self.targets[gone:] + self.targets[:gone]
        return outcome


def prepare(database_url: str, count: int) -> Places:
    """The shipped forms, and so many villages that are still empty besides one that is not, with a phone each."""
    engine = open_engine(database_url)
    with writing(engine) as connection:
        upgrade(connection)
        list(publish.publish_shipped(connection, wall_clock()))
        codes = ["11.01.01." + str(2001 + number) for number in range(count + 1)]
        names = [("11", "Aceh"), ("11.01", "Aceh Selatan"), ("11.01.01", "Bakongan"), *((code, code) for code in codes)]
        regions.keep(connection, [regions.Region(*name) for name in names])
        tokens = {code: phones.add(connection, code, "Bu Ani", wall_clock()) for code in codes}
        shown = codes.pop()
        fill_village(connection, shown, date.today())
    engine.dispose()
    return Places({code: tokens[code] for code in codes}, tokens[shown])


def phone_of(served: Served, token: str, folder: Path, form_engine: FormEngine) -> Phone:
    return Phone(f"{served.base}/v1/key/{token}/projects/1", folder / token, form_engine)


def server_side(served: Served, places: Places, folder: Path, form_engine: FormEngine) -> Side:
    """The server, after all families of its villages were registered by forms that were posted as well."""
    targets = [
        (f"/v1/key/{token}/projects/1/submission?deviceID=collect:1", family)
        for row in zip(*(families(code) for code in places.loaded), strict=True)
        for token, family in zip(places.loaded.values(), row, strict=True)
    ]
    form = _template(registration(date.today()))
    registered = run(Job(served.port, REGISTERING, 600, form, targets, once=True))
    if registered.failed or registered.taken_in != len(targets):
        raise RuntimeError(f"only {registered.taken_in} of {len(targets)} families were taken in")
    worker = phone_of(served, next(iter(places.loaded.values())), folder, form_engine)
    return Side(served, _visit_template(worker, targets[0][1]), targets)


def bare_side(served: Served, server: Side) -> Side:
    """The bare handler, which is sent the same."""
    return replace(server, served=served, targets=[("/submission", family) for _, family in server.targets])


def _visit_template(phone: Phone, family: str) -> str:
    """A real visit, as the form engine wrote it."""
    phone.sync()
    mother = MOTHER.replace("TARGET", family)
    return _template(visit(phone, mother, date.today()).replace(mother, MOTHER))


def _template(xml: str) -> str:
    """The body that sends a form, with names in the places of its boundary and its instance id."""
    instance = etree.fromstring(xml.encode()).xpath("string(//*[local-name()='instanceID'])")
    body, content_type = multipart(xml.replace(str(instance), "uuid:INSTANCE").encode(), [], incomplete=False)
    return body.decode().replace(content_type.partition("boundary=")[2], "BOUNDARY")
