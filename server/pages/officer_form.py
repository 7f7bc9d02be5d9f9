"""What people type into the forms of the KPM's record, understood or refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from forms.periods import read_day
from forms.problems import Problem, problem

NO_DAY = Problem("kpm-no-day", 400, "Isi tanggalnya.", "Fill in the date.")
BAD_DAY = Problem(
    "kpm-bad-day",
    400,
    "Tanggal “{text}” tidak dipahami. Tulis tahun-bulan-tanggal, misalnya 2026-03-31.",
    "The date “{text}” is not understood. Write year-month-day, such as 2026-03-31.",
)
BAD_MONTH = Problem(
    "kpm-bad-month",
    400,
    "Bulan “{text}” tidak dipahami. Tulis tahun-bulan, misalnya 2026-03.",
    "The month “{text}” is not understood. Write year-month, such as 2026-03.",
)
BAD_AMOUNT = Problem(
    "kpm-bad-amount",
    400,
    "Jumlah “{text}” tidak dipahami. Tulis dalam rupiah, misalnya 500000 atau 500.000.",
    "The amount “{text}” is not understood. Write it in rupiah, such as 500000 or 500.000.",
)
NOT_SURE = Problem(
    "kpm-not-sure",
    400,
    "Centang dulu kotak bahwa catatan ini memang harus dihapus.",
    "Tick the box first that this record is to be removed.",
)


@dataclass(frozen=True)
class Entered:
    """The fields of a form as they were sent: name -> text."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """What was written, without spaces around it; blank where the field was not sent."""
        return self.fields.get(name, "").strip()

    def day(self, name: str) -> date:
        """A day that must be there. Raises ProblemError NO_DAY where it is blank, BAD_DAY where it cannot be read."""
        found = self.day_or_none(name)
        if found is None:
            raise problem(NO_DAY)
        return found

    def day_or_none(self, name: str) -> date | None:
        """A day; None where the field was left blank. Raises ProblemError BAD_DAY where it cannot be read."""
        text = self.text(name)
        try:
            return read_day(text) if text else None
        except ValueError as error:
            raise problem(BAD_DAY, text=text[:30]) from error

    def month(self, name: str) -> date:
        """The first day of a month that is written as browsers send it: 2026-03. Raises ProblemError BAD_MONTH."""
        text = self.text(name)
        try:
            return read_day(f"{text}-01")
        except ValueError as error:
            raise problem(BAD_MONTH, text=text[:30]) from error

    def rupiah(self, name: str) -> int:
        """An amount in rupiah; points between thousands are passed over, as people write them. Raises ProblemError
        BAD_AMOUNT."""
        text = self.text(name)
        if not re.fullmatch(r"\d{1,12}|\d{1,3}(\.\d{3}){1,3}", text, re.ASCII):
            raise problem(BAD_AMOUNT, text=text[:30])
        return int(text.replace(".", ""))

    def require_tick(self, name: str) -> None:
        """Raises ProblemError NOT_SURE where the box was not ticked."""
        if not self.text(name):
            raise problem(NOT_SURE)
