"""A file that keeps plain data is only a cache."""

from pathlib import Path

import pytest

from indexer.cache_file import kept

DATA = ({"养老服务": [1, 2.5]}, "民政", None)


def refuse() -> object:
    raise AssertionError("made anew though a sound file lies there")


def test_what_is_kept_is_what_was_made(tmp_path: Path) -> None:
    assert kept(tmp_path / "new" / "data.bin", "1", lambda: DATA) == DATA
    assert kept(tmp_path / "new" / "data.bin", "1", refuse) == DATA


@pytest.mark.parametrize("damage", ["origin", "one byte", "cut short", "empty", "not text"])
def test_a_file_of_another_origin_or_damaged_is_made_anew(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "data.bin"
    kept(path, "other" if damage == "origin" else "1", lambda: "former")
    sound = path.read_bytes()
    middle = len(sound) - 3
    damaged = {
        "origin": sound,
        "one byte": sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :],
        "cut short": sound[:middle],
        "empty": b"",
        "not text": b"\xff\xfe\n",
    }
    path.write_bytes(damaged[damage])
    assert kept(path, "1", lambda: DATA) == DATA
    assert kept(path, "1", refuse) == DATA


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert kept(tmp_path / "file" / "data.bin", "1", lambda: DATA) == DATA
