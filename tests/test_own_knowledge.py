"""What officers change in the knowledge: checked, written as a whole, undone, and never lost."""

import shutil
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_data.model import Catalog, Project
from catalog_service.engine import Engine
from indexer.knowledge_changes import Change, ChangeOverlooked, ChangeRefused, after, taken_back
from indexer.knowledge_check import check_knowledge
from indexer.own_knowledge import OwnKnowledge
from indexer.tables import KNOWLEDGE, KnowledgeError, knowledge_version
from indexer.vocabulary import load_vocabulary

WORD = ("民政:A040207", "爱心送餐上门", "everyday", "本局电话记录", "")
PATIENCE = 60
"""Seconds that the new index may take."""

ALIAS = ("福彩事务所", "民政", "本市机构编制文件")


@pytest.fixture
def own(tmp_path: Path) -> OwnKnowledge:
    return OwnKnowledge(tmp_path / "knowledge")


def change(table: str, *added: tuple[str, ...], removed: tuple[tuple[str, ...], ...] = ()) -> Change:
    return Change(0, "", "李敏", "补充常用叫法", table, removed, added)


def test_without_changes_the_shipped_files_are_read_and_nothing_is_written(own: OwnKnowledge, tmp_path: Path) -> None:
    assert own.files() == KNOWLEDGE and own.changes() == () and not (tmp_path / "knowledge").exists()


def test_a_change_keeps_who_when_and_why_and_gives_another_version(own: OwnKnowledge, catalog: Catalog) -> None:
    own.make(change("entries.tsv", WORD), catalog)
    made = own.changes()[-1]
    assert (made.number, made.who, made.why, made.added) == (1, "李敏", "补充常用叫法", (WORD,))
    assert datetime.fromisoformat(made.made_at).tzinfo is not None
    assert WORD[1] in load_vocabulary(own.files()).terms(WORD[0])
    assert knowledge_version(own.files()) != knowledge_version()
    assert check_knowledge(catalog, own.files()).problems == ()


def test_nothing_else_of_the_shipped_files_is_changed(own: OwnKnowledge, catalog: Catalog) -> None:
    before = own.rows("entries.tsv")
    own.make(change("entries.tsv", WORD), catalog)
    assert own.rows("entries.tsv") == (*before, WORD)
    others = [path.name for path in KNOWLEDGE.iterdir() if path.is_file() and path.name != "entries.tsv"]
    assert all((own.files() / name).read_bytes() == (KNOWLEDGE / name).read_bytes() for name in others)


@pytest.mark.parametrize(
    ("table", "row", "cause"),
    [
        ("entries.tsv", ("民政:A999999", "送餐", "everyday", "来电", ""), "目录中没有条目“民政:A999999”"),
        ("entries.tsv", ("民政:A040207", "爱心餐", "nickname", "来电", ""), "未知的种类“nickname”"),
        ("departments.tsv", ("福彩事务所", "彩票", "编制文件"), "目录中没有部门“彩票”"),
        ("thesaurus.tsv", ("送餐", "", "来电"), "preferred 不能为空"),
        ("thesaurus.tsv", ("#送餐", "助餐", "来电"), "不能以 # 开头"),
        ("thesaurus.tsv", ("送\t餐", "助餐", "来电"), "制表符"),
        ("thesaurus.tsv", ("送\u2028餐", "助餐", "来电"), "不可见的字符"),
        ("thesaurus.tsv", ("餐" * 201, "助餐", "来电"), "最多 200 个字"),
    ],
)
def test_what_the_check_would_find_is_refused_before_anything_is_written(
    own: OwnKnowledge, catalog: Catalog, tmp_path: Path, table: str, row: tuple[str, ...], cause: str
) -> None:
    with pytest.raises(ChangeRefused, match=cause):
        own.make(change(table, row), catalog)
    assert own.changes() == () and own.files() == KNOWLEDGE
    assert [path.name for path in (tmp_path / "knowledge").iterdir() if path.name != "changes.lock"] == []


def test_the_last_word_of_an_item_cannot_be_taken_out(own: OwnKnowledge, catalog: Catalog) -> None:
    words = tuple(row for row in own.rows("entries.tsv") if row[0] == WORD[0])
    with pytest.raises(ChangeRefused, match="没有索引词"):
        own.make(change("entries.tsv", removed=words), catalog)


def test_a_row_that_somebody_has_changed_meanwhile_is_not_overwritten(own: OwnKnowledge, catalog: Catalog) -> None:
    own.make(change("departments.tsv", ALIAS), catalog)
    first, second = (replace_ground(ALIAS, ground) for ground in ("甲文件", "乙文件"))
    own.make(change("departments.tsv", first, removed=(ALIAS,)), catalog)
    with pytest.raises(ChangeOverlooked, match="已被别人改动"):
        own.make(change("departments.tsv", second, removed=(ALIAS,)), catalog)
    assert own.rows("departments.tsv")[-1] == first


def replace_ground(alias: tuple[str, ...], ground: str) -> tuple[str, ...]:
    return (*alias[:2], ground)


def test_every_change_can_be_taken_back_after_a_restart_and_the_taking_back_too(
    own: OwnKnowledge, catalog: Catalog, tmp_path: Path
) -> None:
    shipped = own.rows("departments.tsv")
    own.make(change("departments.tsv", ALIAS), catalog)
    own.make(change("departments.tsv", removed=(shipped[0],)), catalog)
    again = OwnKnowledge(tmp_path / "knowledge")
    again.undo(2, "王芳", "删错了", catalog)
    again.undo(1, "王芳", "机构已撤并", catalog)
    assert set(again.rows("departments.tsv")) == set(shipped)
    assert taken_back(again.changes()) == {1, 2}
    again.undo(4, "王芳", "仍在办公", catalog)
    assert again.rows("departments.tsv")[-1] == ALIAS
    assert taken_back(again.changes()) == {2, 4}
    with pytest.raises(ChangeRefused, match="已经撤销"):
        again.undo(2, "王芳", "重复点击", catalog)
    assert len(again.changes()) == 5


def test_a_change_needs_a_reason(own: OwnKnowledge, catalog: Catalog) -> None:
    with pytest.raises(ChangeRefused, match="请填写理由"):
        own.make(replace(change("departments.tsv", ALIAS), why=" "), catalog)


def test_changes_stay_on_top_of_a_later_release(own: OwnKnowledge, catalog: Catalog, tmp_path: Path) -> None:
    gone = own.rows("thesaurus.tsv")[0]
    own.make(change("departments.tsv", ALIAS), catalog)
    own.make(change("thesaurus.tsv", removed=(gone,)), catalog)
    release = Path(shutil.copytree(KNOWLEDGE, tmp_path / "release"))
    with (release / "departments.tsv").open("a", encoding="utf-8") as file:
        file.write("\t".join(ALIAS) + "\n新设的局\t民政\t新版本所加\n")
    later = OwnKnowledge(tmp_path / "knowledge", release)
    aliases = [row[0] for row in later.rows("departments.tsv")]
    assert aliases.count(ALIAS[0]) == 1 and "新设的局" in aliases
    assert gone not in later.rows("thesaurus.tsv")


def test_the_files_can_be_made_anew_from_the_log(own: OwnKnowledge, catalog: Catalog) -> None:
    own.make(change("entries.tsv", WORD), catalog)
    state = own.files()
    version = knowledge_version(state)
    shutil.rmtree(state)
    assert own.files() == state and knowledge_version(state) == version


def test_a_damaged_log_is_refused_with_its_line(own: OwnKnowledge, catalog: Catalog, tmp_path: Path) -> None:
    own.make(change("departments.tsv", ALIAS), catalog)
    log = tmp_path / "knowledge" / "changes.jsonl"
    log.write_text(log.read_text("utf-8") + '{"number": 2}\n', "utf-8")
    with pytest.raises(KnowledgeError, match=r"changes\.jsonl 第 2 行"):
        own.files()


def test_few_states_are_kept_on_disk(own: OwnKnowledge, catalog: Catalog, tmp_path: Path) -> None:
    for number in range(5):
        own.make(change("departments.tsv", (f"第{number}事务所", "民政", "编制文件")), catalog)
    folders = [path for path in (tmp_path / "knowledge").iterdir() if path.is_dir()]
    assert len(folders) == 3 and own.files() in folders


ROWS = st.tuples(st.sampled_from("甲乙丙丁"))


@given(st.sets(ROWS), st.lists(st.tuples(st.sets(ROWS, max_size=2), st.sets(ROWS, max_size=2)), max_size=6))
def test_undoing_from_the_last_change_on_brings_the_rows_back(
    shipped: set[tuple[str]], steps: list[tuple[set[tuple[str]], set[tuple[str]]]]
) -> None:
    made: list[Change] = []
    for number, (out, put) in enumerate(steps, 1):
        held = set(after(shipped, made))
        removed, added = out & held, put - held
        made.append(Change(number, "", "李敏", "试", "departments.tsv", tuple(removed), tuple(added)))
    undone = [step.reversed("李敏", "撤销") for step in reversed(made)]
    assert set(after(shipped, [*made, *undone])) == shipped


def test_a_running_engine_judges_and_finds_by_the_change(engine: Engine, tmp_path: Path) -> None:
    running = Engine(Path(shutil.copytree(engine.data_dir, tmp_path / "data", symlinks=True)))
    project = Project("1", "孝义市福彩事务所", "社会救助家庭上门探访服务")
    assert running.tag(project).departments == ()
    before = running.versions.knowledge
    running.own_knowledge.make(change("departments.tsv", ALIAS), running.catalog)
    running.own_knowledge.make(change("entries.tsv", WORD), running.catalog)
    changed = knowledge_version(running.own_knowledge.files())
    deadline = time.monotonic() + PATIENCE
    while running.versions.knowledge != changed and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running.versions.knowledge == changed != before
    for engine_now in (running, Engine(running.data_dir)):
        assert engine_now.tag(project).departments == ("民政",)
        assert engine_now.search("爱心送餐上门")[0].id == WORD[0]
        assert WORD[1] in engine_now.terms(WORD[0])
