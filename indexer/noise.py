"""Where hits end and noise begins: the line that the best hit of a query must reach.

A few words must be held almost whole. A long sentence holds much that no catalog says, so less of it is asked.
Where the words speak of goods, works or an office's own running (办公电脑采购, 办公楼空调安装), which no catalog of
services holds, only what names an item nearly whole is shown. They are told by the cues and the model with which
projects are judged; a service of which the office itself is the object (机关食堂, 公务用车) by ``query_words.tsv``.
"""

from __future__ import annotations

from pathlib import Path

from .cues import CueFinder, read_cues
from .nature import Fit, NatureModel, nature_features
from .parameters import load_parameters
from .postings import Row
from .query import Query
from .tables import KNOWLEDGE
from .wording import cleaner

SHORT_LINE, SHORT = 0.53, 6
"""The line of a query of so many characters that count, or fewer."""

EASE, LONG_LINE = 0.035, 0.28
"""By how much each further character lowers the line, and the lowest line there is."""

FOREIGN_LINE = 0.9
"""The line where no service was asked for."""

DOUBT, CERTAIN = 0.4, 0.7
"""The probability of goods, works and running from which the line rises, and at which it is ``FOREIGN_LINE``."""

_FIT = Fit(0.5, 0.5, 0.5)
"""The fit that the model is told: middling, since the ranking of hits says itself how well they fit."""

_NO_SERVICE = ("goods", "works", "operating")


class NoiseLine:
    """Draws the line by the knowledge in a folder. Raises ``KnowledgeError`` where it is damaged."""

    def __init__(self, folder: Path = KNOWLEDGE) -> None:
        parameters = load_parameters(folder)
        self._cues, self._cleaner = CueFinder(read_cues(folder)), cleaner(folder)
        self._model = NatureModel(parameters.nature_intercept, parameters.nature_weights)

    def line(self, query: Query, best: Row) -> float:
        """The least score, between ``LONG_LINE`` and ``FOREIGN_LINE``, of the best hit of a query."""
        line = min(SHORT_LINE, max(LONG_LINE, SHORT_LINE - EASE * (sum(query.shares) - SHORT)))
        strange = 1.0 if query.own_running else (self._no_service(query.text, best) - DOUBT) / (CERTAIN - DOUBT)
        return line + (FOREIGN_LINE - line) * max(0.0, min(1.0, strange))

    def _no_service(self, text: str, best: Row) -> float:
        """The probability that goods, works or an office's running are asked for, by the words that the best hit
        does not hold itself (医保耗材目录 is a service)."""
        held = "\n".join(passage.folded for passage in (best.name, *best.entries))
        cues = [cue for cue in self._cues.find(text, "") if cue.words not in held]
        features = nature_features(cues, self._cleaner.clean(text), "", _FIT, sectionless=False)
        probabilities = self._model.probabilities(features)
        return sum(probabilities[nature] for nature in _NO_SERVICE)
