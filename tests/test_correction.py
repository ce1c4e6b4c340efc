"""One slip of the keyboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import grams
from indexer.correction import ALIKE, MOST_SOUGHT, Corrector

NAMES = "残疾人康复服务\n社区矫正服务\n文物保护服务\n水土流失监测服务\n园林绿化服务\n养老机构评估"
ENTRIES = "护照\n法律援助\n公益诉讼"
TOKENS = {token for text in (NAMES, ENTRIES) for _, _, token in grams(text)}
CORRECTOR = Corrector(NAMES, ENTRIES, TOKENS.__contains__)


def meant(text: str) -> str:
    for found in sorted(CORRECTOR.corrections(text), key=lambda found: -found.start):
        text = text[: found.start] + found.phrase + text[found.end :]
    return text


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("残急人康复", "残疾人康复"),
        ("社区矫证", "社区矫正"),
        ("水土流矢监测", "水土流失监测"),
        ("园林录化", "园林绿化"),
        ("户照", "护照"),
        ("残病人康复", "残疾人康复"),
        ("文物护保", "文物保护"),
        ("养老构评估", "养老机构评估"),
        ("养老机机构评估", "养老机构评估"),
    ],
)
def test_a_wrong_swapped_missing_or_additional_character_is_mended(typed: str, word: str) -> None:
    assert meant(typed) == word


def test_a_character_that_sounds_alike_is_surer_than_another() -> None:
    alike, other = CORRECTOR.corrections("残急人康复"), CORRECTOR.corrections("残病人康复")
    assert alike[0].factor == ALIKE > other[0].factor


@pytest.mark.parametrize("text", ["残疾人康复", "社区 文物", "办公电脑采购", "护工", "园林", "x", ""])
def test_what_is_no_slip_is_left_alone(text: str) -> None:
    assert meant(text) == text


class Counting(str):
    """A vocabulary that counts how often a word is sought in it."""

    sought = 0

    def __contains__(self, word: object) -> bool:
        self.sought += 1
        return super().__contains__(word)  # type: ignore[operator]


def test_many_slips_do_not_cost_more_than_a_few() -> None:
    names = Counting(NAMES)
    Corrector(names, ENTRIES, TOKENS.__contains__).corrections("文物护保 " * 80)
    assert 0 < names.sought <= MOST_SOUGHT


@given(st.text("残疾人康复社区矫正文物保护水土流失监测园林绿化护照养老机构评估法律援助户急", max_size=40))
def test_a_correction_is_in_the_vocabulary_and_in_its_place(text: str) -> None:
    for found in CORRECTOR.corrections(text):
        assert 0 <= found.start < found.end <= len(text)
        assert found.phrase in NAMES or found.phrase in ENTRIES
