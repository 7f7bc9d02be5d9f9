"""What of a card this visitor is shown."""

from __future__ import annotations

from flask import current_app, request

from forms.problems import Problem, problem
from server.http.sessions import visitor
from server.villages.regions import covers

NOT_IN_PUBLIC = Problem(
    "not-in-public",
    403,
    "Halaman ini memuat hitungan yang terlalu kecil untuk umum, jadi hanya untuk yang bertugas di sini. Masuklah, atau "
    "buka kartu desanya.",
    "This page has counts that are too small for the public, so it is only for those who work here. Log in, or open "
    "the card of the village.",
)

# Where the app keeps the setting.
SETTING = "SMALL_COUNTS_HIDDEN"


def hides_small_counts(code: str) -> bool:
    """Whether small counts of people are hidden from who asks (scorecards/small_counts.py): where the setting says so,
    from everybody but those logged in whose region covers this one."""
    found = visitor()
    hidden: bool = current_app.config.get(SETTING, False)
    return hidden and (found is None or not covers(found.region, code))


def require_told(code: str) -> None:
    """For what is all made of small counts, or would tell them by comparing: raises ProblemError NOT_IN_PUBLIC where
    they are hidden from who asks."""
    if hides_small_counts(code):
        raise problem(NOT_IN_PUBLIC)


def other_card(code: str) -> str | None:
    """The card by other rules that is asked for (`?kartu=`); None for the one in force. Raises ProblemError
    NOT_IN_PUBLIC, as two counts of the same people tell more than one."""
    card = request.args.get("kartu")
    if card is not None:
        require_told(code)
    return card
