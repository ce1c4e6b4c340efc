"""Single Han characters: simplified forms and readings."""

import opencc
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, pinyin

from indexer.characters import TABLE, readings, simplify, sounds
from indexer.characters.make_table import HEADER, characters, rows


def test_the_table_is_what_opencc_and_pypinyin_say() -> None:
    written = TABLE.read_text("utf-8").splitlines()
    assert written[0] == HEADER
    chars = [line.split("\t")[0] for line in written[1:]]
    assert set(characters()) <= set(chars)
    assert written[1:] == list(rows(chars))


def test_traditional_text_is_simplified_as_opencc_simplifies_its_characters() -> None:
    convert = opencc.OpenCC("t2s").convert
    assert simplify("殘疾人就業與養老機構評估") == convert("殘疾人就業與養老機構評估")


@given(st.text())
def test_simplifying_keeps_every_place(text: str) -> None:
    assert len(simplify(text)) == len(text)
    assert simplify(simplify(text)) == simplify(text)


def test_a_character_has_the_readings_of_the_words_it_stands_in() -> None:
    for word in ("银行", "执行", "会计", "会议", "调查", "调解", "重庆", "重点"):
        for char, heard in zip(word, pinyin(word, style=Style.NORMAL), strict=True):
            assert heard[0] in readings(char), word


def test_sounds_that_are_easily_confused_are_one() -> None:
    assert sounds("绿") & sounds("录")
    assert sounds("是") & sounds("四")
    assert not sounds("救") & sounds("求")
