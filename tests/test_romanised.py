"""Letters that stand for Han words."""

from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from indexer.romanised import LONGEST, RomanisedWords

NAMES = "社区矫正服务\n残疾人康复服务\n低保、特困人员家访服务\n西安\n先进\n银行调查"
WORDS = RomanisedWords(NAMES, "绿化养护\n社会救助")


def words(letters: str) -> list[str]:
    return [found.word for found in WORDS.words(letters)]


def test_whole_syllables_initials_and_both_together_are_read() -> None:
    assert words("shequjiaozheng") == words("sqjz") == words("shequjz") == ["社区矫正"]


def test_letters_that_can_be_cut_in_several_ways_are_read_in_each() -> None:
    assert words("xian") == ["西安"]
    assert words("xianjin") == ["先进"]


def test_a_character_is_found_by_each_of_its_readings() -> None:
    assert words("yinhang") == ["银行"]
    assert words("diaocha") == ["调查"]


def test_marks_and_a_skipped_word_do_not_hinder_initials() -> None:
    assert words("dbtkry") == ["低保、特困人员"]
    assert words("dbtkjf") == ["低保、特困人员家访"]


def test_index_entries_are_read_where_no_name_fits() -> None:
    (found,) = WORDS.words("lvhua")
    assert (found.word, found.factor < 1) == ("绿化", True)


def test_letters_that_stand_for_nothing_give_nothing() -> None:
    assert words("zzzz") == words("a") == words("x" * (LONGEST + 1)) == []


@given(st.sampled_from(NAMES.replace("、", "").splitlines()), st.data())
def test_any_part_of_a_name_is_found_by_its_pinyin(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 2))
    part = name[start : data.draw(st.integers(start + 2, len(name)))]
    assert part in [word.replace("、", "") for word in words("".join(lazy_pinyin(part)))]


@given(st.text("abcdefghijklmnopqrstuvwxyz", max_size=60))
def test_whatever_is_found_is_in_the_vocabulary(letters: str) -> None:
    assert all(word in NAMES or word in "绿化养护社会救助" for word in words(letters))
