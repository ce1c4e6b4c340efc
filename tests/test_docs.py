"""The documents say what the program does, and all of it.

Lines beginning with ``$`` in ``console`` blocks of the READMEs are run. What stands under them must be in the
output: figures may differ, and ``…`` stands for what was left out.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from click.testing import CliRunner, Result

from catalog_service.accounts.book import open_accounts
from catalog_service.cli import catalog as command_line
from indexer.regulations import RULE_COLUMNS
from indexer.tables import KNOWLEDGE, read_table
from indexer.vocabulary import ENTRY_KINDS

from .conftest import SOURCE

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = (*READMES, "CHANGELOG.md", *map(str, sorted(Path("docs").glob("*.md"))))
COMMANDS = sorted(command_line.commands)
KNOWLEDGE_FILES = sorted(path.name for path in KNOWLEDGE.iterdir() if path.is_file())

_EXAMPLE = re.compile(r"(?:echo '(?P<typed>.*)' \| )?catalog (?P<arguments>.+)")
_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    """A command in a README and the lines shown under it."""

    command: str
    shown: tuple[str, ...]


Run = Callable[[str], Result]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a command of a README in a folder that holds the shipped document and nothing else."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / SOURCE).parent.mkdir(parents=True)
    shutil.copy(SOURCE, folder / SOURCE)

    @cache
    def run_once(command: str) -> Result:
        example = _EXAMPLE.fullmatch(command)
        assert example, f"not a command of this program: {command}"
        unset = {"CATALOG_DATA_DIR": None, "CATALOG_AUTO_LINE": None}
        return CliRunner().invoke(command_line, example["arguments"].split(), input=example["typed"], env=unset)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield run_once


def _text(document: str) -> str:
    return (KNOWLEDGE.parent.parent / document).read_text("utf-8")


def _examples(readme: str) -> Iterator[Example]:
    for block in re.findall(r"^```console\n(.*?)^```", _text(readme), re.DOTALL | re.MULTILINE):
        for part in block.removeprefix("$ ").split("\n$ "):
            command, *shown = part.splitlines()
            yield Example(command, tuple(shown))


def _sections(document: str) -> dict[str, str]:
    """The text under each heading of the second level, by the heading without its backquotes."""
    parts = re.split(r"^## (.+)\n", _text(document), flags=re.MULTILINE)[1:]
    return {heading.strip("`"): text for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _table(section: str, label: str) -> dict[str, str]:
    """The rows of the table whose first column is headed ``label``: first cell without backquotes, then the rest."""
    rows = section.split(f"| {label} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    cells = [row.strip("| ").split(" | ", 1) for row in rows]
    return {first.strip("`"): rest for first, rest in cells}


def _named(text: str) -> set[str]:
    """What stands in backquotes outside the blocks of code."""
    return set(re.findall(r"`([^`]+)`", _BLOCK.sub("", text)))


def _keys(value: object) -> set[str]:
    """Every key in a JSON value, however deep."""
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set[str]().union(*map(_keys, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_every_option_is_in_the_readme(readme: str) -> None:
    text = _text(readme)
    for name, command in command_line.commands.items():
        assert re.search(rf"^### {name}\b", text, re.MULTILINE), name
        for option in (p for p in (*command.params, *command_line.params) if isinstance(p, click.Option)):
            spellings = "|".join(map(re.escape, option.opts))
            assert re.search(rf"(?<![\w-])({spellings})(?![\w-])", text), option.opts
            assert option.envvar is None or str(option.envvar) in text


@pytest.mark.parametrize("example", sorted({e for name in READMES for e in _examples(name)}), ids=lambda e: e.command)
def test_every_example_of_the_readmes_runs_and_prints_what_is_shown(run: Run, example: Example) -> None:
    result = run(example.command)
    assert result.exit_code == 0, result.output
    printed = [line.rstrip() for line in result.output.splitlines()]
    for line in example.shown:
        parts = (re.sub(r"\d+", r"\\d+", re.escape(part)) for part in line.rstrip().split("…"))
        assert any(map(re.compile(".*".join(parts)).fullmatch, printed)), line


@pytest.mark.parametrize("readme", READMES)
def test_every_command_but_the_server_and_fitting_has_an_example_that_runs(readme: str) -> None:
    shown = {name for name in COMMANDS for e in _examples(readme) if f"catalog {name}" in e.command}
    assert shown == set(COMMANDS) - {"serve", "fit"}


@pytest.mark.parametrize("readme", READMES)
def test_every_field_of_a_verdict_is_explained(run: Run, readme: str) -> None:
    command = next(e.command for e in _examples(readme) if e.command.endswith("catalog tag -"))
    verdict = json.loads(run(f"{command} --json").stdout)
    assert _keys(verdict) - _named(_text(readme)) == set()


@pytest.mark.parametrize("readme", READMES)
def test_every_flag_is_explained(readme: str) -> None:
    flags = {row["flag"] for row in read_table("rules.tsv", RULE_COLUMNS)}
    assert flags - _named(_text(readme)) == set()


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_says_how_to_run_and_how_to_test(readme: str) -> None:
    assert {"    make run", "    make test"} <= set(_text(readme).splitlines())


@pytest.mark.parametrize("file", KNOWLEDGE_FILES)
def test_every_knowledge_file_is_described_with_its_exact_columns(file: str) -> None:
    printed = (KNOWLEDGE / file).read_text("utf-8")
    if file.endswith(".json"):
        label, columns = "key", list(json.loads(printed))
    else:
        header = next(line for line in printed.splitlines() if line.strip() and not line.startswith("#"))
        label, columns = "column", header.split("\t")
    assert list(_table(_sections("docs/knowledge.md")[file], label)) == columns


def test_every_kind_of_index_entry_is_described_with_its_chinese_name() -> None:
    described = _table(_sections("docs/knowledge.md")["entries.tsv"], "kind")
    assert {kind: meaning.split(":")[0] for kind, meaning in described.items()} == ENTRY_KINDS


def test_no_knowledge_file_is_described_that_is_not_there() -> None:
    described = [heading for heading in _sections("docs/knowledge.md") if "." in heading]
    assert sorted(described) == KNOWLEDGE_FILES


@pytest.mark.parametrize(
    ("requirements", "section"), [("requirements.txt", "To run"), ("requirements-dev.txt", "To check and test")]
)
def test_every_direct_dependency_is_justified(requirements: str, section: str) -> None:
    direct = re.findall(r"^([\w-]+)==", _text(requirements).split("# What those need.")[0], re.MULTILINE)
    justified = _table(_sections("docs/dependencies.md")[section], "library")
    assert list(justified) == direct
    assert all(len(said.split(" | ")) == 3 for said in justified.values())


def test_every_table_and_view_is_described_with_its_columns(tmp_path: Path) -> None:
    database = open_accounts(tmp_path / "catalog.db").database
    tables = {table.name: {column.name for column in table.columns} for table in database.tables}
    views = set(database.view_names())
    database.close()
    sections = _sections("docs/data.md")
    described = _table(sections["Tables"], "table")
    assert {name: _named(said.split(" | ")[1]) for name, said in described.items()} == tables
    assert set(_table(sections["Views"], "view")) == views


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_names_a_file_that_is_not_there(document: str) -> None:
    root = KNOWLEDGE.parent.parent
    text = _text(document)
    links = [(root / document).parent / link for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text)]
    named = re.findall(r"`((?:catalog_data|indexer|catalog_service|tests|docs)/[\w./-]*|[\w-]+\.(?:txt|py))`", text)
    missing = [path for path in (*links, *(root / name for name in named)) if not path.exists()]
    assert missing == []
