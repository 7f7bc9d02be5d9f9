"""What the phones of simulated villages send: the door to this package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from random import Random

from forms.periods import Quarter
from forms.schema import FormSchema
from forms.simulation.engine.form import FillableForm
from forms.simulation.engine.phone import LookUp, Phone, PhoneForm, Sent
from forms.simulation.places import Village
from forms.simulation.village import VillageLife

QUARTERS = 5  # the running one and the four before it


def first_day(today: date) -> date:
    """Where a simulation of five quarters begins: the same quarter one year ago."""
    return Quarter.of(today).plus(1 - QUARTERS).first_day


def phone_form(xml: bytes, schema: FormSchema) -> PhoneForm:
    """A published form, for phones to fill; made once for all villages."""
    return PhoneForm(FillableForm(xml), schema)


def simulate(
    village: Village,
    forms: Mapping[str, PhoneForm],
    files: Mapping[str, LookUp],
    first: date,
    today: date,
    seed: int,
    *,
    mishaps: bool = False,
) -> Iterator[Sent]:
    """Everything that the village's phone sends from `first` to `today`, in the order of time.

    `forms` are those of `forms.domain.FORMS` by their names, `files` their look-up files. With `mishaps` the last day
    has some (mishaps.py), one of them from a second phone. The same arguments give the same bytes.
    """
    # Seeded numbers are the point here; nothing is kept secret by them.
    random = Random(f"{seed}/{village.code}/{first}/{today}")  # noqa: S311
    life = VillageLife(village, Phone(forms, files, random), first, today, random)
    yield from life.run()
    if mishaps:
        yield from life.mishaps()
