"""An officer who has edited the knowledge files is told everything that is wrong, with file and line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catalog_data.model import Catalog
from catalog_service.cli import catalog as command
from catalog_service.engine import Engine
from indexer import knowledge_check
from indexer.knowledge_check import check_knowledge
from indexer.tables import KNOWLEDGE, knowledge_version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge files, to be damaged."""
    return Path(shutil.copytree(KNOWLEDGE, tmp_path / "knowledge"))


def damage(path: Path, *lines: str) -> int:
    """Append lines to a file; returns the number of the first."""
    text = path.read_text("utf-8").rstrip("\n")
    path.write_text("\n".join((text, *lines)) + "\n", "utf-8")
    return text.count("\n") + 2


def test_the_shipped_files_are_sound_and_every_one_is_checked(catalog: Catalog) -> None:
    report = check_knowledge(catalog)
    assert [str(problem) for problem in report.problems] == []
    assert sorted(report.counts) == sorted(path.name for path in KNOWLEDGE.iterdir() if path.is_file())
    assert all(report.counts.values())
    assert report.version == knowledge_version()


@pytest.mark.parametrize(
    ("file", "row", "cause"),
    [
        ("cues.tsv", "新线索\tservices\t2\tany\t常识", "未知的性质“services”"),
        ("cues.tsv", "新线索\tcash\t2\t标题\t常识", "未知的范围“标题”"),
        ("cues.tsv", "新线索\tcash\t9\tany\t常识", "权重“9”"),
        ("cues.tsv", "新线索\t-\t2\tany\t常识", "须为 0"),
        ("cues.tsv", "…补贴\tcash\t2\tany\t常识", "前后都要有字"),
        ("cues.tsv", "新线索\tcash\t2\tany\t", "source 不能为空"),
        ("cues.tsv", "低保金\tcash\t2\tany\t常识", "重复：低保金、cash、any"),
        ("cues.tsv", "新线索\tcash", "应有 5 列，实有 2 列"),
        ("programmes.tsv", "新计划\t民政局\tcash\t2\t惯例", "目录中没有部门“民政局”"),
        ("programmes.tsv", "新计划\t民政\tcashes\t2\t惯例", "未知的性质“cashes”"),
        ("programmes.tsv", "新计划\t\t-\t1\t惯例", "既没有主管部门，也没有性质"),
        ("programmes.tsv", "新计划\t民政\tcash\t0\t惯例", "权重“0”应为大于 0"),
        ("programmes.tsv", "雨露计划\t农业农村\tcash\t3\t惯例", "重复：雨露计划"),
        ("programmes.tsv", "新计划…\t民政\tcash\t2\t惯例", "前后都要有字"),
        ("departments.tsv", "某局\t民政局\t简称", "目录中没有部门“民政局”"),
        ("departments.tsv", "人大\t-\t简称", "既对应部门，又标为没有部门"),
        ("entries.tsv", "民政:Z999\t新词\tsynonym\t常识\t", "目录中没有条目“民政:Z999”"),
        ("entries.tsv", "民政:A040303\t新词\t种类\t常识\t", "未知的种类“种类”"),
        ("entries.tsv", "民政:A040303\t\tsynonym\t常识\t", "不能为空"),
        ("thesaurus.tsv", "公坟\t公墓\t再写一次", "重复：公坟"),
        ("thesaurus.tsv", "新词\t新词\t自己", "就是它自己"),
        ("generic_words.tsv", "(\tpattern\t坏的", "正则表达式“(”有误"),
        ("generic_words.tsv", "年?\tpattern\t太宽", "会匹配空文字"),
        ("generic_words.tsv", "新词\tregex\t种类", "未知的种类“regex”"),
        ("regulations.tsv", "102-2\t某办法第二条\t条文\tcash", "重复：102-2"),
        ("rules.tsv", "prohibited:new\t新情形\t某词\t\t", "regulation 不能为空"),
        ("rules.tsv", "prohibited:new\t新情形\t某词\t\t没有的条", "规则没有法条依据"),
    ],
)
def test_a_wrong_row_is_named_with_file_line_and_cause(
    folder: Path, catalog: Catalog, file: str, row: str, cause: str
) -> None:
    line = damage(folder / file, row)
    problems = [problem for problem in check_knowledge(catalog, folder).problems if problem.file == file]
    assert [problem for problem in problems if problem.line == line and cause in problem.message]


def test_a_term_of_several_items_must_be_marked_as_shared(folder: Path, catalog: Catalog) -> None:
    damage(folder / "entries.tsv", "民政:A040303\t某新词\ttitle\t常识\t", "民政:A040304\t某新词\ttitle\t常识\t共用")
    (problem,) = check_knowledge(catalog, folder).problems
    assert "须以“共用”开头" in problem.message


def test_all_problems_are_told_at_once(folder: Path, catalog: Catalog) -> None:
    damage(folder / "cues.tsv", "甲\tcash", "乙\t无此性质\t2\tany\t常识", "丙")
    damage(folder / "rules.tsv", "只有一格")
    (folder / "thesaurus.tsv").unlink()
    (folder / "departments.tsv").write_text("alias\tdepartment\n", "utf-8")
    (folder / "regulations.tsv").write_bytes("id\t甲".encode("gb18030"))
    report = check_knowledge(catalog, folder)
    told = {(problem.file, problem.line) for problem in report.problems}
    last = (folder / "cues.tsv").read_text("utf-8").count("\n")
    assert {("cues.tsv", last - 2), ("cues.tsv", last - 1), ("cues.tsv", last)} <= told
    assert {("thesaurus.tsv", None), ("departments.tsv", 1), ("regulations.tsv", 1)} <= told


def test_a_copy_beside_the_original_is_named(folder: Path, catalog: Catalog) -> None:
    shutil.copy(folder / "cues.tsv", folder / "cues 副本.tsv")
    assert [problem.file for problem in check_knowledge(catalog, folder).problems] == ["cues 副本.tsv"]


def test_a_model_that_does_not_belong_to_the_cues_is_named(folder: Path, catalog: Catalog) -> None:
    model = json.loads((folder / "model.json").read_text("utf-8"))
    model["nature_weights"]["cue:没有的线索|cash|any"] = {"cash": 1.0, "gifts": 1.0}
    del model["ranking"]["foreign"]
    (folder / "model.json").write_text(json.dumps(model), "utf-8")
    causes = "\n".join(problem.message for problem in check_knowledge(catalog, folder).problems)
    assert "cue:没有的线索|cash|any 不在 cues.tsv 中" in causes
    assert "未知的性质 gifts" in causes
    assert "缺少排序特征 foreign" in causes


@pytest.mark.parametrize("content", ["", "[]", '{"ranking": {}}', '{"ranking": 1, "calibration": 2}'])
def test_a_damaged_model_is_a_named_problem(folder: Path, catalog: Catalog, content: str) -> None:
    (folder / "model.json").write_text(content, "utf-8")
    (problem,) = check_knowledge(catalog, folder).problems
    assert (problem.file, problem.line) == ("model.json", None)


@pytest.fixture
def run(engine: Engine) -> Callable[[], Result]:
    return lambda: CliRunner().invoke(command, ["--data-dir", str(engine.data_dir), "knowledge", "check"])


def test_the_command_counts_the_rows_and_names_the_version(run: Callable[[], Result]) -> None:
    result = run()
    assert result.exit_code == 0, result.stderr
    assert f"知识版本 {knowledge_version()}，问题 0 处" in result.stdout
    assert "regulations.tsv\t7" in result.stdout


def test_the_command_ends_with_status_one_where_something_is_wrong(
    run: Callable[[], Result], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = damage(folder / "cues.tsv", "新线索\tcash\t九\tany\t常识")
    monkeypatch.setattr(knowledge_check, "check_knowledge", lambda catalog, _in_use: check_knowledge(catalog, folder))
    result = run()
    assert result.exit_code == 1
    assert f"错误：cues.tsv 第 {line} 行：权重“九”" in result.stderr
