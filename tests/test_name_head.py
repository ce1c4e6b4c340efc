"""What a project's name comes down to once years, brackets, levels of funds and words of money are set aside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import normalise
from indexer.name_head import head_of


@pytest.mark.parametrize(
    ("name", "word", "money"),
    [
        ("残疾人托养中心建设项目（二期）", "建设", "项目"),
        ("婚姻登记初婚奖励2026年", "奖励", ""),
        ("困难残疾人生活补贴支出项目县级配套1", "补贴", "支出项目"),
        ("重度残疾人护理补贴支出项目(省级)(晋财社(2025)151号)", "补贴", "支出项目"),
        ("森林防火补助经费（第一批）", "补助", "经费"),
        ("2025年度绿化工程监理费", "理费", ""),
        ("老旧小区改造工程专项资金", "工程", "专项资金"),
    ],
)
def test_the_head_stands_before_what_only_says_that_money_is_spent(name: str, word: str, money: str) -> None:
    head = head_of(name)
    assert (head.word, head.money) == (word, money)
    assert normalise(name)[: head.end].endswith(word)


@pytest.mark.parametrize(
    ("name", "bought"), [("钢质趸船采购项目", True), ("药品采购", True), ("采购人代表培训", False), ("公墓维护", False)]
)
def test_a_name_that_calls_itself_a_purchase_is_told(name: str, bought: bool) -> None:
    assert head_of(name).bought is bought


def test_words_reach_the_head_where_they_end_with_it_or_with_the_name() -> None:
    head = head_of("志愿者补贴项目（省级）")
    assert head.holds((3, 5))
    assert head.holds((3, 7))
    assert not head.holds((0, 3))


@given(st.text(alphabet="建设补贴项目经费资金采购(（)）[]〔〕0123456789年度第一批期中央省级配套 ", max_size=200))
def test_any_name_has_a_head_within_it(name: str) -> None:
    head = head_of(name)
    assert 0 <= head.end <= head.tail <= len(name)
    assert normalise(name)[: head.tail] == normalise(name)[: head.end] + head.money
