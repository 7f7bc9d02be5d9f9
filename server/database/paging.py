"""Long lists: the database sorts them and gives one page of them at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select

PER_PAGE = 50

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class Paging:
    """Which page is wanted (1 is the first), sorted by which column."""

    page: int
    sort: str
    descending: bool

    def cut(
        self, query: Select[Any], columns: Mapping[str, ColumnElement[Any]], *unique: ColumnElement[Any]
    ) -> Select[Any]:
        """The query for this page, and one row more, which tells whether there is a next page.

        `columns` are those that can be sorted by; `unique` parts rows that are equal there, so that none is shown
        twice.
        """
        return self.sorted(query, columns, *unique).limit(PER_PAGE + 1).offset((self.page - 1) * PER_PAGE)

    def sorted(
        self, query: Select[Any], columns: Mapping[str, ColumnElement[Any]], *unique: ColumnElement[Any]
    ) -> Select[Any]:
        """The query in the same order, uncut."""
        column = columns[self.sort]
        return query.order_by(column.desc() if self.descending else column, *unique)

    def of(self, rows: Sequence[_Row]) -> Page[_Row]:
        """The page of what a query has found that `cut` has made."""
        return Page(self, rows[:PER_PAGE], len(rows) > PER_PAGE)


@dataclass(frozen=True)
class Page(Generic[_Row]):
    """The rows of a page, and whether there are more."""

    paging: Paging
    rows: Sequence[_Row]
    has_more: bool
