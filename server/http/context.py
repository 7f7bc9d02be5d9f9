"""What all pages work with, those for phones and those for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from flask import Flask, current_app, request
from sqlalchemy import Engine

from server.phones.phone_doors import PhoneDoors
from server.publications.form_versions import FormCache
from server.queries.duplicates import PairCounts
from server.settings import Settings
from server.submissions import inbox
from server.submissions.attachments import AttachmentStore


@dataclass(frozen=True)
class Backend:
    """The store behind the pages. `clock` gives the present moment with its time zone."""

    engine: Engine
    cache: FormCache
    attachments: AttachmentStore
    settings: Settings
    clock: Callable[[], datetime]
    doors: PhoneDoors = field(default_factory=PhoneDoors)
    pairs: PairCounts = field(default_factory=PairCounts)

    def catch_up(self, village_id: str) -> None:
        """Has all processed that the village's phones have sent: whoever reads of it sees what was sent before. Raises
        ProblemError VILLAGE_IN_REPAIR as `inbox.catch_up` does."""
        inbox.catch_up(self.engine, self.cache, village_id, self.settings.timezone, self.clock())

    @property
    def today(self) -> date:
        """The day at the villages, not at the server."""
        return self.clock().astimezone(self.settings.timezone).date()


def serve_with(app: Flask, given: Backend) -> None:
    """Gives the app its backend; to be called once, before the first request."""
    app.extensions["backend"] = given


def backend() -> Backend:
    """The backend of the running app."""
    return cast(Backend, current_app.extensions["backend"])


def own_address() -> str:
    """The address that phones and links find this server at: the setting BASE_URL, else the one that was asked for."""
    return backend().settings.base_url or request.host_url.rstrip("/")
