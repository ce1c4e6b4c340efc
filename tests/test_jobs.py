"""Jobs: the book of their states, what is taken in, what a worker makes of it."""

import io
import json
import os
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_data.model import DocumentError
from catalog_service.engine import Engine
from catalog_service.jobs import JobBook, JobConflict, UnknownJob, open_jobs
from catalog_service.jobs.book import LOST
from catalog_service.jobs.job import MAX_ATTEMPTS, Outcome
from catalog_service.jobs.uploads import FOLDER, Upload, WrongType, spoken_name, sweep, take_in
from catalog_service.jobs.work import Task, perform

from .conftest import SOURCE


@pytest.fixture
def book(tmp_path: Path) -> JobBook:
    with open_jobs(tmp_path / "catalog.db", lambda: datetime(2026, 3, 2, 8, tzinfo=UTC)) as book:
        book.add(Upload("a" * 20, "list", "项目.csv", ".csv", 10, "0" * 64), "zhang")
        yield book


def _csv(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_a_job_is_taken_once_by_two_who_ask(book: JobBook, tmp_path: Path) -> None:
    with open_jobs(tmp_path / "catalog.db") as other:
        taken = book.claim()
        assert taken and taken.state == "running" and taken.attempts == 1
        assert other.claim() is None


def test_jobs_are_taken_in_the_order_of_uploading(book: JobBook) -> None:
    book.add(Upload("b" * 20, "list", "二.csv", ".csv", 10, "0" * 64), "zhang")
    assert [job.id for job in (book.claim(), book.claim()) if job] == ["a" * 20, "b" * 20]
    assert [job.id for job in book.jobs()] == ["b" * 20, "a" * 20]


def test_a_job_whose_worker_keeps_dying_fails_visibly(book: JobBook) -> None:
    for _ in range(MAX_ATTEMPTS):
        assert book.claim()
        book.lose("a" * 20)
    job = book.job("a" * 20)
    assert (job.state, job.message) == ("failed", LOST) and book.claim() is None
    assert book.retry(job.id).attempts == 0


def test_a_stop_of_the_service_does_not_count_as_an_attempt(book: JobBook) -> None:
    book.claim()
    book.release("a" * 20)
    assert (book.job("a" * 20).state, book.job("a" * 20).attempts) == ("queued", 0)


def test_after_a_crash_every_running_job_waits_again(book: JobBook) -> None:
    book.claim()
    assert book.recover() == 1 and book.job("a" * 20).state == "queued"


def test_a_running_job_is_asked_to_stop_and_a_lost_one_is_then_cancelled(book: JobBook) -> None:
    book.claim()
    assert book.cancel("a" * 20).cancel_asked
    book.lose("a" * 20)
    assert book.job("a" * 20).state == "cancelled"


def test_what_has_ended_cannot_be_cancelled_and_what_is_done_cannot_be_retried(book: JobBook) -> None:
    book.claim()
    assert book.finish("a" * 20, Outcome({"projects": 3}))
    with pytest.raises(JobConflict, match="不能取消"):
        book.cancel("a" * 20)
    with pytest.raises(JobConflict, match="可以重试"):
        book.retry("a" * 20)
    assert not book.fail("a" * 20, "too late")
    assert book.job("a" * 20).outcome.counts == {"projects": 3}


def test_a_job_that_runs_cannot_be_removed(book: JobBook) -> None:
    book.claim()
    with pytest.raises(JobConflict):
        book.remove("a" * 20)
    book.fail("a" * 20, "文件是空的")
    book.remove("a" * 20)
    with pytest.raises(UnknownJob):
        book.job("a" * 20)


@pytest.mark.parametrize(
    ("given", "spoken"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\用户\\预算.txt", "预算.txt"),
        ("/abs/项目 清单.xlsx", "项目 清单.xlsx"),
        ("a\x00b\n.csv", "ab.csv"),
        ("..", "未命名"),
        ("", "未命名"),
    ],
)
def test_the_name_of_an_upload_is_a_word_and_no_path(given: str, spoken: str) -> None:
    assert spoken_name(given) == spoken


@given(st.text(max_size=300))
def test_no_name_leads_anywhere(given: str) -> None:
    spoken = spoken_name(given)
    assert spoken and len(spoken) <= 120 and "/" not in spoken and "\\" not in spoken
    assert spoken.isprintable() or not spoken.isascii()


def test_an_upload_is_kept_under_a_name_of_the_services_own(tmp_path: Path) -> None:
    upload = take_in(tmp_path, _csv("项目名称\n养老\n"), "../../../x/项目.CSV")
    assert (upload.document, upload.suffix, upload.kind) == ("项目.CSV", ".csv", "list")
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")] == [f"{FOLDER}/{upload.id}/upload.csv"]


def _workbook(*parts: tuple[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return made.getvalue()


ENTITIES = b'<?xml version="1.0"?><!-- <a> --><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><l>&b;</l>'
HOSTILE = {
    "bomb.xlsx": (_workbook(("xl/worksheets/sheet1.xml", b"<a>" + b"0" * 20_000_000)), "展开后过大"),
    "entities.xlsx": (_workbook(("xl/sharedStrings.xml", ENTITIES)), "DTD"),
    "hidden.xlsx": (_workbook(("xl/workbook.xml", random.Random(1).randbytes(40_000).hex() + "<a/>")), "DTD"),
    "macro.xlsx": (_workbook(("xl/vbaProject.bin", b"x")), "含有宏"),
    "macro.xlsm": (_workbook(("xl/vbaProject.bin", b"x")), "不含宏"),
    "text.xlsx": ("项目名称".encode(), "已损坏或不是 XLSX"),
    "program.txt": (b"MZ\x00\x01", "二进制"),
    "empty.csv": (b" \n", "文件是空的"),
    "report.pdf": (b"%PDF-1.7", "暂不支持 PDF"),
    "letter.docx": (b"PK", "暂不支持 DOCX"),
    "picture.png": (b"\x89PNG", "只接受 TXT"),
    "no type": (b"x", "只接受 TXT"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_dangerous_or_unreadable_is_refused_at_the_door_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    content, saying = HOSTILE[name]
    with pytest.raises(DocumentError, match=saying):
        take_in(tmp_path, io.BytesIO(content), name)
    assert not list(tmp_path.rglob("upload*"))


def test_an_upload_that_is_too_large_is_refused_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog_service.jobs.uploads.MAX_BYTES", 10)
    with pytest.raises(DocumentError, match="请拆分"):
        take_in(tmp_path, _csv("项目名称\n养老服务\n"), "a.csv")
    assert not list(tmp_path.rglob("upload*"))


def test_rests_of_broken_uploads_are_swept_away_and_those_of_jobs_stay(tmp_path: Path) -> None:
    for name in ("kept", "old", "young"):
        (tmp_path / FOLDER / name).mkdir(parents=True)
    for name in ("kept", "old"):
        os.utime(tmp_path / FOLDER / name, (0, 0))
    assert sweep(tmp_path, {"kept"}) == 1
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {"kept", "young"}


def test_pdf_is_named_as_coming_later() -> None:
    with pytest.raises(WrongType, match="另存为 TXT"):
        take_in(Path("unused"), io.BytesIO(b""), "预算.PDF")


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_row_of_a_list_becomes_a_verdict_or_a_named_problem(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("编号,项目名称\n1,居家养老上门服务\n2,\n3,……\n", "gb18030")
    task = Task("a" * 20, "list", path, "项目.csv", tmp_path / "made")
    task.folder.mkdir()
    told: list[str] = []
    outcome = perform(engine, task, lambda stage, done, total: told.append(stage))
    assert outcome.counts["judged"] + outcome.counts["refused"] == outcome.counts["projects"] == 3
    assert [line["id"] for line in _lines(task.folder / "verdicts.jsonl")] == ["1"]
    problems = [line for line in _lines(task.folder / "problems.jsonl") if line["severity"] == "error"]
    assert {(line["document"], line["line"]) for line in problems} == {("项目.csv", 3), ("项目.csv", 4)}
    assert {file.name for file in outcome.files} == {"verdicts.jsonl", "problems.jsonl", "verdicts.csv"} and told


def test_a_disclosure_becomes_verdicts_findings_and_a_workbook(tmp_path: Path) -> None:
    own = Engine(tmp_path / "data")
    own.build()
    task = Task("a" * 20, "disclosure", SOURCE, "预算.txt", tmp_path / "made")
    task.folder.mkdir()
    outcome = perform(own, task, lambda stage, done, total: None)
    assert outcome.counts["projects"] == outcome.counts["judged"] == 67
    assert len(_lines(task.folder / "verdicts.jsonl")) == 67
    assert len(_lines(task.folder / "findings.jsonl")) == outcome.counts["findings"]
    assert zipfile.is_zipfile(task.folder / "workbook.xlsx")
