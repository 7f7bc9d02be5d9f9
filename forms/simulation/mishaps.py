"""What goes wrong in every village sooner or later, so that whoever tries the demo sees what becomes of it.

A slip of the finger that is corrected, a child registered twice, a form that is still on a phone without signal, and
two phones that say different things of one child.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from forms.periods import completed_months
from forms.simulation.engine.filling import Known
from forms.simulation.engine.phone import Phone, Sent
from forms.simulation.interviews import Interviews
from forms.simulation.people import Child

# Old enough for nearly every question of a visit, and for some time to come on the list of those under two.
FROM_MONTHS, TO_MONTHS = 4, 21
SLIP = 0.8  # what is typed in for a weight of 1 kg
# Fills a form on a phone on a day: what is sent, and the ids of the entities that it creates, by list.
Send = Callable[[Phone, str, date, Known], tuple[Sent, dict[str, list[str]]]]


@dataclass(frozen=True)
class Mishaps:
    """Those of one village on one day; each befalls another child, as long as there are any."""

    phone: Phone
    send: Send
    interviews: Interviews
    day: date

    def befall(self, children: Iterable[Child]) -> Iterator[Sent]:
        """What the village's phones send of it, in the order of sending."""
        for mishap, child in zip(
            (self._slip, self._registered_twice, self._registered_twice, self._left_behind, self._disagreement),
            self._fit(children),
            strict=False,
        ):
            yield from mishap(child)

    def _fit(self, children: Iterable[Child]) -> list[Child]:
        """Children of different families, so that no mishap is mixed up with another."""
        by_family = {
            child.household.number: child
            for child in children
            if child.id
            and not child.closed
            and not child.kept_from(self.day)
            and FROM_MONTHS <= completed_months(child.born_on, self.day) <= TO_MONTHS
        }
        return list(by_family.values())

    def _slip(self, child: Child) -> Iterator[Sent]:
        """A weight that is typed in wrong, and the correction of the form that was finished already."""
        known = {**self.interviews.visit_to_child(child, self.day), "timbang": "ya"}
        weight = float(str(known["berat_badan"]))
        sent, _ = self.send(self.phone, "kunjungan_rumah", self.day, {**known, "berat_badan": round(SLIP * weight, 1)})
        yield sent
        yield self._edited(sent, "berat_badan", str(weight))

    def _edited(self, sent: Sent, question: str, answer: str) -> Sent:
        """The form as Collect sends it after an edit: with an id of its own that names the one that it corrects."""
        text = re.sub(rf"(<{question}>)[^<]*", rf"\g<1>{answer}", sent.body.decode())
        ids = rf"<instanceID>uuid:{self.phone.new_uuid()}</instanceID><deprecatedID>\1</deprecatedID>"
        body = re.sub(r"<instanceID>([^<]*)</instanceID>", ids, text)
        return replace(sent, body=body.encode())

    def _registered_twice(self, child: Child) -> Iterator[Sent]:
        """The family is asked a second time, and the child is put on the map as if it were new."""
        map_again = self.interviews.social_map(child.household, [], [child], self.day)
        yield self.send(self.phone, "peta_sosial", self.day, map_again)[0]

    def _left_behind(self, child: Child) -> Iterator[Sent]:
        """Of two forms about a child, finished without signal, only the second one has been sent so far."""
        self.send(self.phone, "ukur_tinggi", self.day, self.interviews.measuring(child, self.day, "kpm"))
        yield self.send(self.phone, "kunjungan_rumah", self.day, self.interviews.visit_to_child(child, self.day))[0]

    def _disagreement(self, child: Child) -> Iterator[Sent]:
        """A second phone, which has not seen what the first one sent, says something else of the child."""
        row = self.phone.lists["anak"][child.id]
        fetched = {**row, "__trunkVersion": row["__version"], "__branchId": ""}
        lists = {**self.phone.lists, "anak": {child.id: fetched}}
        second = replace(self.phone, lists=lists, second=True)
        known = self.interviews.visit_to_child(child, self.day)
        other = "baik" if known["status_gizi"] != "baik" else "kurang"
        yield self.send(self.phone, "kunjungan_rumah", self.day, known)[0]
        yield self.send(second, "kunjungan_rumah", self.day, {**known, "status_gizi": other})[0]
