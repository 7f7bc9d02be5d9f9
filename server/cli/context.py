"""What every command works with: the settings, the database, and the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import Engine

from forms.problems import ProblemError
from server.clock import wall_clock
from server.database.engine import is_missing, open_engine, reading
from server.database.upgrade import NOT_PREPARED, require_current
from server.publications.form_versions import FormCache
from server.settings import Settings
from server.submissions.inbox import catch_up, catch_up_all


@dataclass(frozen=True)
class Session:
    """What a command works with. The engine is opened when first used, and is up to date then."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        with reading(self.as_it_is) as connection:
            require_current(connection)
        return self.as_it_is

    @cached_property
    def as_it_is(self) -> Engine:
        """The database, which may be new or of an earlier version."""
        return open_engine(self.settings.database_url)

    @property
    def has_database(self) -> bool:
        """Whether there is a database that is prepared. None is made by looking."""
        if is_missing(self.settings.database_url):
            return False
        try:
            return bool(self.engine)
        except ProblemError as error:
            if error.code != NOT_PREPARED.code:
                raise
            return False

    def catch_up(self, village_id: str | None = None) -> None:
        """Has processed what the village's phones have sent (all phones, without one): a command speaks of all that.
        Raises ProblemError VILLAGE_IN_REPAIR as `inbox.catch_up` does."""
        if village_id is None:
            catch_up_all(self.engine, FormCache(), self.settings.timezone, wall_clock())
        else:
            catch_up(self.engine, FormCache(), village_id, self.settings.timezone, wall_clock())

    def close(self) -> None:
        """Gives the database's connections back, if there are any."""
        if "as_it_is" in vars(self):
            self.as_it_is.dispose()

    @property
    def today(self) -> date:
        return wall_clock().astimezone(self.settings.timezone).date()
