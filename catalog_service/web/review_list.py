"""The queue as a reviewer asked for it: which projects, in which order, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_data.model import NATURES

from ..review_state import QueuedCase, QueueState

PAGE = 25
"""Projects on a page of the queue."""

SHOWN_STATES = {
    "open": "待复核",
    "deferred": "已暂缓",
    "auto": "自动判定，尚未复核",
    "unreviewed": "全部尚未复核的",
    "decided": "已复核",
    "all": "全部",
}
"""What may be asked for; a deferred project is open as well, and what the engine judged alone is not reviewed."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which projects are wanted: a state of ``SHOWN_STATES``, a unit and a nature ('' for any)."""

    state: str = "open"
    unit: str = ""
    nature: str = ""

    @property
    def link(self) -> dict[str, Any]:
        """The filter as the parameters of an address, what is usual left out."""
        parameters = {"state": self.state, "unit": self.unit, "nature": self.nature}
        return {name: value for name, value in parameters.items() if value and (name, value) != ("state", "open")}

    def fits(self, one: QueuedCase) -> bool:
        """Whether a case is wanted."""
        return self._in_state(one) and self._in_scope(one)

    def selected(self, state: QueueState) -> list[QueuedCase]:
        """The cases wanted, in the order of the queue."""
        return [one for one in state.cases if self.fits(one)]

    def after(self, state: QueueState, one: QueuedCase) -> QueuedCase | None:
        """The next case wanted behind one; behind the last the first again. None where there is no other."""
        place = state.order.places[one.key]
        turned = (*state.cases[place + 1 :], *state.cases[:place])
        return next(filter(self.fits, turned), None)

    def before(self, state: QueueState, one: QueuedCase) -> QueuedCase | None:
        """The case before one that is wanted or was decided; None before the first."""
        return next(filter(self._passed, reversed(state.cases[: state.order.places[one.key]])), None)

    def _passed(self, one: QueuedCase) -> bool:
        return self._in_scope(one) and (self._in_state(one) or one.case.state == "decided")

    def _in_state(self, one: QueuedCase) -> bool:
        state = one.case.state
        if self.state == "deferred":
            return state == "open" and one.case.decision is not None
        if self.state == "unreviewed":
            return state != "decided"
        return self.state in ("all", state)

    def _in_scope(self, one: QueuedCase) -> bool:
        verdict = one.case.verdict
        nature = verdict.nature if verdict else ""
        return self.unit in ("", one.case.project.unit) and self.nature in ("", nature)


def read_filter(arguments: Mapping[str, str]) -> Filter:
    """The filter in the arguments of an address; what is unknown is left out."""
    state, nature = arguments.get("state", "open"), arguments.get("nature", "")
    return Filter(
        state if state in SHOWN_STATES else "open",
        arguments.get("unit", "")[:200],
        nature if nature in NATURES else "",
    )
