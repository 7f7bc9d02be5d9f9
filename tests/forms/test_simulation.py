"""The simulated villages: what their phones send is what the real engine sends for the same answers, and is believable."""

from __future__ import annotations

import copy
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from forms.compiler import CompiledForm, compile_form
from forms.growth import Measurement, z_scores
from forms.periods import completed_months, month_end
from forms.simulation.days import working_days
from forms.simulation.district import phone_form, simulate
from forms.simulation.filling import Entry, Known, MissingAnswerError
from forms.simulation.form import FillableForm
from forms.simulation.phone import LookUp, Phone, PhoneForm, Sent, read_files
from forms.simulation.places import DEMO_VILLAGES, Village, load_villages, regions_of
from forms.submission import EntityChange
from server.shipped import FORMS, MEDIA
from tests.form_engine import Engine

TODAY = date(2026, 5, 20)
FIRST = date(2025, 10, 1)
SMALL = Village("99.01.01.2009", "Contoh Kecil", level=0.2, gain=0.05, visits=0.9, targets=60)


@cache
def shipped() -> dict[str, CompiledForm]:
    return {path.stem: compile_form(path.read_bytes()) for path in FORMS}


@cache
def phone_forms() -> dict[str, PhoneForm]:
    return {name: phone_form(form.xml, form.schema) for name, form in shipped().items()}


@dataclass
class Watched(Phone):
    """A phone that remembers its lists as they were before each form."""

    before: list[dict[str, dict[str, dict[str, str]]]] = field(default_factory=list)

    def fill(self, form_id: str, begun: datetime, ended: datetime, known: Known) -> tuple[Sent, list[EntityChange]]:
        self.before.append(copy.deepcopy(self.lists))
        return super().fill(form_id, begun, ended, known)


@cache
def small_village() -> tuple[tuple[Sent, ...], Watched]:
    phone = Watched(phone_forms(), read_files(MEDIA), Random(7))
    return tuple(simulate(SMALL, phone, FIRST, TODAY, Random(3))), phone
