"""A number opened for the public where small counts are hidden: what its parts and its level are told as."""

from __future__ import annotations

from collections.abc import Mapping

from scorecards.shares import Share, Thresholds, share
from scorecards.small_counts import (
    NOT_TOLD,
    SECTORS_SERVED,
    Told,
    counted,
    is_level_told,
    is_told,
    received_of,
    told,
    told_parts,
    told_share,
)
from scorecards.trace.figures import Figure
from scorecards.trace.sources import Behind

# COLOURS of small_counts.py by the keys of the parts.
_COLOURS = ("hijau", "kuning", "belum", "merah")


def told_counts(
    behind: Behind, figure: Figure, counts: Mapping[str, int], sectors: Mapping[str, int]
) -> dict[str, Told]:
    """The parts of the number by their keys, in agreement with the card; none where they are no part of the card.

    `sectors`: how many households are served in full by so many sectors.
    """
    match figure.kind:
        case "indicator" | "also":
            due = counts["Y"] + counts["T"]
            yes, no = told_share(counts["Y"], due)[0], told_share(counts["T"], due)[0]
            return {"T": no, "Y": yes}  # to whom it is not due follows from the card, and tells how many it is due to
        case "risk":
            every = counts["ya"] + counts["tidak"]
            return {key: told_share(count, every)[0] for key, count in counts.items()}
        case "tikar":
            return _in_order(counts, _COLOURS)
        case "sectors":
            return _in_order(counts, SECTORS_SERVED)
        case "complete":
            yes = _in_order(sectors, SECTORS_SERVED)["5"]
            return {"T": told(counts["T"]) if isinstance(yes, int) else NOT_TOLD, "Y": yes}
        case "monitored":
            return _monitored(behind, counts)
        case "month":
            yes, due = _visited(behind)
            return {"T": told_share(due - yes, due)[0], "Y": told_share(yes, due)[0]}
        case "services":
            return {}
        case _:
            return {key: told(count) for key, count in counts.items()}


def told_level(
    behind: Behind, figure: Figure, counts: Mapping[str, int], shown: Mapping[str, Told], thresholds: Thresholds
) -> Share | None:
    """What the number says, None where it is a plain count."""
    match figure.kind:
        case "services":
            return _services(behind, figure, thresholds)
        case "indicator":
            return share(counts["Y"], counts["Y"] + counts["T"], thresholds, hides=True)
        case "complete":
            every = told(counts["Y"] + counts["T"])
            if isinstance(shown["Y"], int) and isinstance(every, int):
                return share(shown["Y"], every, thresholds)
            return Share(shown["Y"], every, None, None)
        case _:
            return None


def _in_order(counts: Mapping[str, int], order: tuple[str, ...]) -> dict[str, Told]:
    return dict(zip(order, told_parts([counts.get(key, 0) for key in order]), strict=True))


def _monitored(behind: Behind, counts: Mapping[str, int]) -> dict[str, Told]:
    """Both groups together, if of each it may be told."""
    for target in ("ibu_hamil", "anak"):
        those = [one for one in behind.targets if one.target == target]
        seen = sum(one.monitored for one in those)
        if told_share(seen, len(those)) != (seen, len(those)):
            return dict.fromkeys(counts, NOT_TOLD)
    return dict(counts)


def _visited(behind: Behind) -> tuple[int, int]:
    """Visited in the month, and all of it, as the sums of what stands in for both groups on the card."""
    yes = due = 0
    for target in ("ibu_hamil", "anak"):
        seen = [one.monitored_now for one in behind.targets if one.target == target and one.monitored_now is not None]
        yes, due = yes + received_of(sum(seen), len(seen)), due + counted(len(seen))
    return yes, due


def _services(behind: Behind, figure: Figure, thresholds: Thresholds) -> Share:
    """The sum of what stands in for the services of the card."""
    mothers, children = (sum(one.target == of for one in behind.targets) for of in ("ibu_hamil", "anak"))
    both = len(figure.targets) > 1
    if not (
        is_level_told(mothers, children) if both else is_told(mothers if "ibu_hamil" in figure.targets else children)
    ):
        return share(NOT_TOLD, NOT_TOLD, thresholds)
    received = due = 0
    for indicator in behind.indicators:
        if indicator.target in figure.targets and figure.sector in (None, indicator.sector):
            results = [one.results.get(indicator.code) for one in behind.targets if one.target == indicator.target]
            yes, no = results.count(1), results.count(0)
            received, due = received + received_of(yes, yes + no), due + counted(yes + no)
    return share(received, due, thresholds)
