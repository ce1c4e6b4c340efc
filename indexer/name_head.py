"""What a project's name comes down to: a Chinese name ends in its head, and the head says what is paid for.

托养中心建设项目 is a building work, 志愿者补贴 a subsidy, 趸船采购项目 the purchase of a thing. Behind the head stand
brackets, numbers, years, levels of funds, and words that only say that money is spent on it (项目, 专项, 经费, 资金).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .analysis import normalise

_BEHIND = re.compile(
    r"(?:(?:专项)?支出|\((?:[^()]|\([^()]*\))*\)|[【〔\[][^【〔\[】〕\]]*[】〕\]]|[\d\s()\[\]\-—_]+"
    r"|第?[一二三四五六七八九十\d]{1,3}[批期次]|(?:\d{4}年?|本|上)?年度|\d{2,4}年"
    r"|(?:中央|省级?|市级?|县级?|区级?|本级)(?:财政)?(?:配套|直达|安排)(?:资金)?|采购|二次|的?公告)$"
)
_MONEY = re.compile(r"(?:项目|专项|经费|资金|支出|费用|采购)$")
_BOUGHT = re.compile(r"采购(?:项目|专项|经费|资金|费用)*$")
_WORD = 2


@dataclass(frozen=True, slots=True)
class NameHead:
    """The head of a name.

    ``tail`` is where the name ends without brackets and numbers, ``end`` where its head does, both positions in
    the name; ``word`` the last two characters of the head, ``money`` what stands between ``end`` and ``tail``;
    ``bought``: the name calls itself a purchase.
    """

    tail: int
    end: int
    word: str
    money: str
    bought: bool

    def holds(self, span: tuple[int, int]) -> bool:
        """Whether words with this half-open span reach the end of the head, or of the name."""
        start, end = span
        return end == self.tail or start < self.end <= end


@lru_cache(maxsize=256)
def head_of(name: str) -> NameHead:
    """The head of a project's name.

    >>> head_of("残疾人托养中心建设项目（二期）").word
    '建设'
    """
    printed = normalise(name)
    tail = _without(printed, _BEHIND)
    head = _without(tail, _BEHIND, _MONEY)
    bought = _BOUGHT.search(printed.rstrip("0123456789()[] ")) is not None
    return NameHead(len(tail), len(head), head[-_WORD:], tail[len(head) :], bought)


def _without(text: str, *behind: re.Pattern[str]) -> str:
    """A text without what ``behind`` finds at its end, again and again."""
    while found := next((match for pattern in behind if (match := pattern.search(text))), None):
        text = text[: found.start()]
    return text
