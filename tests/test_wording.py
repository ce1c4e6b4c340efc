"""What says nothing about a project's content is set aside; positions stay those of the print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.wording import cleaner


@pytest.mark.parametrize(
    ("printed", "left"),
    [
        ("2026年“九九重阳节”慰问经费", {"九九", "九重", "重阳", "阳节", "慰问"}),
        (
            "农村最低生活保障金(晋财社[2025]177号)(中央)",
            {"农村", "村最", "最低", "低生", "生活", "活保", "保障", "障金"},
        ),
        ("庐江县****年松材线虫病普查", {"松材", "材线", "线虫", "虫病", "病普", "普查"}),
    ],
)
def test_years_numbers_and_levels_are_masked(printed: str, left: set[str]) -> None:
    assert cleaner().clean(printed).tokens == left


@pytest.mark.parametrize("printed", ["社区矫正", "智慧城市运行", "老旧小区改造", "优待金县级配套"])
def test_words_that_only_look_like_places_stay(printed: str) -> None:
    assert printed[:2] in cleaner().clean(printed).tokens


def test_the_units_own_name_is_masked() -> None:
    tokens = cleaner().clean("绵竹市人民法院物业服务项目", "绵竹市人民法院").tokens
    assert tokens == {"物业"}


@given(st.text(max_size=80), st.text(max_size=20))
def test_tokens_point_into_the_printed_text(text: str, unit: str) -> None:
    wording = cleaner().clean(text, unit)
    assert len(wording.normalised) == len(text)
    for start, token in wording.grams:
        assert wording.normalised[start : start + len(token)] == token
