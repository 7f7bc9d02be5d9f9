"""A table with places as GeoJSON: a point for each row that has one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from forms.sheets_out.tables import Sheet

# Latitude and longitude, then altitude and accuracy, as phones write a point.
_POINT = re.compile(r"(-?\d+(?:\.\d+)?) (-?\d+(?:\.\d+)?)(?: -?\d+(?:\.\d+)?){0,2}")


def geojson(sheet: Sheet) -> Iterator[bytes]:
    """A FeatureCollection in portions. A row's place is the first of its cells that holds one; rows without are left
    out."""
    names = [column.head for column in sheet.columns]
    yield b'{"type": "FeatureCollection", "features": ['
    between = b""
    for row in sheet.rows:
        known = dict(zip(names, row, strict=True))
        if point := _place_of(known):
            feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": point}, "properties": known}
            yield between + json.dumps(feature, ensure_ascii=False, default=_text).encode()
            between = b",\n"
    yield b"]}\n"


def _place_of(known: Mapping[str, Any]) -> list[float] | None:
    """[longitude, latitude] of the row; None where it has no place."""
    for value in known.values():
        found = _POINT.fullmatch(value) if isinstance(value, str) else None
        if found:
            return [float(found[2]), float(found[1])]
    return None


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
