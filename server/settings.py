"""Settings from the environment, read at one place; a wrong value stops the start with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from forms.problems import Problem, problem

BAD_SETTING = Problem(
    "bad-setting",
    500,
    "Setelan {name}={value!r} tidak dapat dipakai: {remedy_id}",
    "The setting {name}={value!r} cannot be used: {remedy_en}",
)

DEFAULT_DATABASE = "sqlite:///data/konvergensi.db"
SHORTEST_SECRET = 16  # characters
LONGEST_LICENCE = 200
# One origin, which the page's policy names: no word in it may end that.
_TILES = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?/[!-~]*")
# Where `make` installs the official list of regions.
OFFICIAL_REGIONS = Path(__file__).with_name("npm") / "node_modules" / "idn-area-data" / "data"


@dataclass(frozen=True)
class Settings:
    """Everything that can be set; see the table of settings in the README.

    `secret_key` is blank where one is to be made and kept (server/http/secret_key.py). `max_upload` is in bytes;
    `thresholds` are the least percents for green and for yellow, `incentive_from` the least of a KPM's performance.
    The year's social map and its Rembuk Stunting are due by a (month, day) of every year. The official list of
    regions lies in `regions_folder`, if it is installed. `data_licence` is under which open data may be used.
    `map_tiles_url` is where a browser finds the tiles of maps, with {z}, {x} and {y}; blank where maps have none.
    """

    database_url: str
    base_url: str
    secret_key: str
    attachments_url: str
    public_scorecards: bool
    small_counts_hidden: bool
    max_upload: int
    workers: int
    port: int
    locale: Literal["id", "en"]
    timezone: ZoneInfo
    thresholds: tuple[float, float]
    incentive_from: int
    social_map_by: tuple[int, int]
    rembuk_by: tuple[int, int]
    regions_folder: Path
    data_licence: str
    map_tiles_url: str
    map_tiles_credit: str


def read_settings(environment: Mapping[str, str], database_url: str | None = None) -> Settings:
    """Reads and checks the settings; `database_url` (the option --database) goes before the environment.

    Raises ProblemError BAD_SETTING naming the setting, its value and what to write instead.
    """
    database = database_url or environment.get("DATABASE_URL") or DEFAULT_DATABASE
    return Settings(
        database_url=database,
        base_url=_base_url(environment),
        secret_key=_secret_key(environment),
        attachments_url=environment.get("ATTACHMENTS_URL") or "data/attachments",
        public_scorecards=_switch(environment, "PUBLIC_SCORECARDS", default=True),
        small_counts_hidden=_switch(environment, "SMALL_COUNTS_HIDDEN", default=False),
        max_upload=_whole(environment, "MAX_UPLOAD_MB", 100, 1, 2000) * 1024 * 1024,
        workers=_whole(environment, "WORKERS", 3, 1, 64),
        port=_whole(environment, "PORT", 8000, 1, 65535),
        locale=_locale(environment),
        timezone=_timezone(environment),
        thresholds=(float(_whole(environment, "GREEN_FROM", 80, 1, 100)), float(_yellow(environment))),
        incentive_from=_whole(environment, "INCENTIVE_FROM", 80, 1, 100),
        social_map_by=_day_of_year(environment, "SOCIAL_MAP_BY", "03-31"),
        rembuk_by=_day_of_year(environment, "REMBUK_BY", "06-30"),
        regions_folder=Path(environment.get("REGIONS_FOLDER") or OFFICIAL_REGIONS),
        data_licence=(environment.get("DATA_LICENCE") or "CC BY 4.0")[:LONGEST_LICENCE],
        map_tiles_url=_tiles(environment),
        map_tiles_credit=(environment.get("MAP_TILES_CREDIT") or "© OpenStreetMap")[:LONGEST_LICENCE],
    )


def _bad(name: str, value: str, remedy_id: str, remedy_en: str) -> Exception:
    return problem(BAD_SETTING, name=name, value=value, remedy_id=remedy_id, remedy_en=remedy_en)


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise _bad(name, text, f"tulis angka {least} sampai {most}.", f"write a number from {least} to {most}.")
    return int(text)


def _yellow(environment: Mapping[str, str]) -> int:
    green = _whole(environment, "GREEN_FROM", 80, 1, 100)
    return _whole(environment, "YELLOW_FROM", min(60, green), 0, green)


def _day_of_year(environment: Mapping[str, str], name: str, default: str) -> tuple[int, int]:
    text = environment.get(name) or default
    try:
        day = datetime.strptime(f"2026-{text}", "%Y-%m-%d")  # no leap year: 29 February is not in every year
    except ValueError as error:
        raise _bad(name, text, "tulis bulan-tanggal, misalnya 03-31.", "write month-day, such as 03-31.") from error
    return day.month, day.day


def _switch(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = (environment.get(name) or ("on" if default else "off")).lower()
    if text not in ("on", "off"):
        raise _bad(name, text, "tulis on atau off.", "write on or off.")
    return text == "on"


def _locale(environment: Mapping[str, str]) -> Literal["id", "en"]:
    match environment.get("LOCALE") or "id":
        case "id":
            return "id"
        case "en":
            return "en"
        case other:
            raise _bad("LOCALE", other, "tulis id atau en.", "write id or en.")


def _timezone(environment: Mapping[str, str]) -> ZoneInfo:
    name = environment.get("TIMEZONE") or "Asia/Jakarta"
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _bad("TIMEZONE", name, "tulis misalnya Asia/Makassar.", "write a name such as Asia/Makassar.") from error


def _secret_key(environment: Mapping[str, str]) -> str:
    text = environment.get("SECRET_KEY") or ""
    if text and len(text) < SHORTEST_SECRET:
        raise _bad(
            "SECRET_KEY",
            "*" * len(text),
            f"tulis {SHORTEST_SECRET} huruf acak atau lebih, atau kosongkan.",
            f"write {SHORTEST_SECRET} random characters or more, or leave it out.",
        )
    return text


def _base_url(environment: Mapping[str, str]) -> str:
    text = (environment.get("BASE_URL") or "").rstrip("/")
    if text and not _is_address(text):
        raise _bad(
            "BASE_URL", text, "tulis misalnya https://stunting.desa.id.", "write for example https://stunting.desa.id."
        )
    return text


def _tiles(environment: Mapping[str, str]) -> str:
    text = environment.get("MAP_TILES_URL") or ""
    places = all(text.count(place) == 1 for place in ("{z}", "{x}", "{y}"))
    if text and not (places and _TILES.fullmatch(text) and _is_address(text)):
        raise _bad(
            "MAP_TILES_URL",
            text,
            "tulis misalnya https://peta.contoh.id/{z}/{x}/{y}.png.",
            "write for example https://maps.example.org/{z}/{x}/{y}.png.",
        )
    return text


def _is_address(text: str) -> bool:
    try:
        told = urlsplit(text)
        return told.scheme in ("http", "https") and bool(told.hostname) and (told.port is None or told.port > 0)
    except ValueError:  # a port that is none
        return False
