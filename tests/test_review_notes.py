"""Notes beside the decisions: kept in order, never changed, never without their parts."""

import sqlite3
from pathlib import Path

import pytest

from catalog_data.decisions import DecisionError
from catalog_data.review_notes import MOST_TEXT, ReviewNote, ReviewNotes

COMMENT = ReviewNote("comment", "f" * 64, "某局/2026/001", "王复核", "合同见附件")
SECOND = ReviewNote("second", "f" * 64, "某局/2026/001", "李复核", "", "service", "民政:A040207", "goods", None)


def test_notes_come_back_as_they_were_made(tmp_path: Path) -> None:
    with ReviewNotes(tmp_path / "catalog.db") as notes:
        notes.add(COMMENT)
        notes.add(SECOND)
    with ReviewNotes(tmp_path / "catalog.db") as notes:
        first, second = notes.about(COMMENT.key)
        assert (first.text, second.answer, second.other) == (COMMENT.text, SECOND.answer, SECOND.other)
        assert notes.notes("second") == (second,)
        assert notes.about(("e" * 64, COMMENT.project)) == ()
        assert first.made_at.endswith("+00:00")


@pytest.mark.parametrize("statement", ["DELETE FROM review_notes", "UPDATE review_notes SET text = ''"])
def test_a_note_is_never_changed_or_deleted(tmp_path: Path, statement: str) -> None:
    with ReviewNotes(tmp_path / "catalog.db") as notes:
        notes.add(COMMENT)
    connection = sqlite3.connect(tmp_path / "catalog.db")
    with pytest.raises(sqlite3.IntegrityError, match="只能追加"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("comment", "f", "p", "甲", "  "), "评论是空的"),
        (("comment", "f", "p", "甲", "字" * (MOST_TEXT + 1)), "最多"),
        (("second", "f", "p", "甲", "", "", None), "请选定支出性质"),
        (("sample", "f", "p", "甲", "", "service", None), "须选定目录条目"),
        (("sample", "f", "p", "甲", "", "cash", "民政:A040207"), "不能有目录条目"),
    ],
)
def test_a_note_without_its_parts_is_refused(parts: tuple[str, ...], said: str) -> None:
    with pytest.raises(DecisionError, match=said):
        ReviewNote(*parts)
