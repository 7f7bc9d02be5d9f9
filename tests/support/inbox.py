"""Submissions straight into the inbox of a database, and worked through in the test's own transaction."""

from __future__ import annotations

from datetime import tzinfo

from sqlalchemy import Connection

from server.publications.form_versions import FormCache
from server.submissions.inbox import process_in_order, read_waiting
from server.submissions.interpret import IncomingSubmission
from server.submissions.process import homes_elsewhere
from server.submissions.receive import receive


def keep(connection: Connection, cache: FormCache, incoming: IncomingSubmission) -> None:
    """What the server does before it answers a phone."""
    receive(connection, cache, incoming, ())


def take_in(connection: Connection, cache: FormCache, incoming: IncomingSubmission) -> None:
    """The same, and what the processor does after it."""
    keep(connection, cache, incoming)
    process_here(connection, cache, incoming.village_id, incoming.timezone)


def process_here(connection: Connection, cache: FormCache, village_id: str, zone: tzinfo) -> None:
    """Works through all that waits in the village."""
    while found := read_waiting(connection, cache, village_id, zone):
        also = homes_elsewhere(connection, village_id, found)
        process_in_order(connection, village_id, found, also, found[-1].incoming.received_at)
