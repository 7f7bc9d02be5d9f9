"""What a village head signs: the card as it stands, with all that its paper shows, as bytes that are always the same.

The bytes are JSON with sorted keys and no blanks, in UTF-8. Their sha256 is kept beside them, and its first 60 bits are
the check code on the paper: who has the bytes can work out both. The labels of the rows are in it too, so that a
signed report can be read whatever becomes of the rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from forms.periods import Quarter
from scorecards.sources import Card, IndicatorLabel, Place

FORMAT = 1
# No I, L, O and U: nobody takes one of these for another sign, or reads a word (Crockford's base 32).
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
_GROUPS, _IN_GROUP, _BITS = 3, 4, 5


class Signer(NamedTuple):
    """Who is named in a block of signatures; `nip`, the number of a civil servant, is blank where there is none."""

    name: str
    nip: str = ""


class Signers(NamedTuple):
    """`rds` is the chair of the Rumah Desa Sehat; None where the village has none."""

    head: Signer
    kpm: Signer
    rds: Signer | None


@dataclass(frozen=True)
class Snapshot:
    """A report as it was signed. `rules` is the number of the rules that the card was counted by, `replaces` the check
    code of the edition before; None where this is the first one."""

    place: Place
    edition: int
    replaces: str | None
    signed_at: datetime
    signers: Signers
    rules: int
    card: Card
    indicators: Sequence[IndicatorLabel]

    @property
    def quarter(self) -> Quarter:
        return Quarter.parse(self.card["period"])

    @property
    def number(self) -> str:
        """The number of the report, as it stands on the paper."""
        return f"{self.place.code}/{self.quarter}/{self.edition}"


def frozen(snapshot: Snapshot) -> bytes:
    """The bytes that are signed."""
    signers = {name: one._asdict() if one else None for name, one in snapshot.signers._asdict().items()}
    content: dict[str, Any] = {
        "format": FORMAT,
        "number": snapshot.number,
        "place": snapshot.place._asdict(),
        "edition": snapshot.edition,
        "replaces": snapshot.replaces,
        "signed_at": snapshot.signed_at.isoformat(timespec="seconds"),
        "signers": signers,
        "rules": snapshot.rules,
        "card": snapshot.card,
        "indicators": [one._asdict() for one in snapshot.indicators],
    }
    return canonical(content)


def opened(content: bytes) -> Snapshot:
    """The report that the bytes of `frozen` hold."""
    found = json.loads(content)
    named = found["signers"]
    rds = Signer(**named["rds"]) if named["rds"] else None
    return Snapshot(
        place=Place(**found["place"]),
        edition=found["edition"],
        replaces=found["replaces"],
        signed_at=datetime.fromisoformat(found["signed_at"]),
        signers=Signers(Signer(**named["head"]), Signer(**named["kpm"]), rds),
        rules=found["rules"],
        card=found["card"],
        indicators=[IndicatorLabel(**one) for one in found["indicators"]],
    )


def canonical(content: object) -> bytes:
    """JSON that is the same for the same content."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def check_code(content: bytes) -> str:
    """The code on the paper, such as K7PM-4T2X-9QRA: 60 bits of the sha256."""
    signs = _GROUPS * _IN_GROUP
    number = int.from_bytes(sha256(content).digest(), "big") >> (256 - signs * _BITS)
    text = "".join(_SIGNS[number >> _BITS * place & 31] for place in reversed(range(signs)))
    return "-".join(text[start : start + _IN_GROUP] for start in range(0, signs, _IN_GROUP))


def typed_code(text: str) -> str:
    """The code that somebody means who types it, in small letters say, without hyphens, or with an O for a 0."""
    bare = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    return "-".join(bare[start : start + _IN_GROUP] for start in range(0, len(bare), _IN_GROUP))
