"""The records of the service: frozen, typed, each with its place in the printed source.

Everything that crosses from one floor to another is one of these dataclasses; dicts appear only at the
edges (JSON, SQL rows). Money is ``Decimal`` in 元 unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Severity = Literal["error", "warning", "info"]

FUND_NAMES = ("一般公共预算", "政府性基金预算", "国有资本经营预算", "财政专户管理资金", "单位资金")
"""The five funds of the project table, in printed order (预算公开表 columns 3 to 7)."""


class DocumentError(Exception):
    """A document cannot be read as what it was given for.

    ``message`` says in Chinese what is wrong and what to do; ``line`` is 1-based, or None where the whole
    file is meant.
    """

    def __init__(self, message: str, document: str = "", line: int | None = None) -> None:
        where = document + (f" 第 {line} 行" if line else "")
        super().__init__(f"{where}：{message}" if where else message)
        self.message, self.document, self.line = message, document, line


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is printed: document name, 1-based line, and what it concerns (an item id, a table)."""

    document: str
    line: int | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a document says against itself, kept as printed beside the suggested reading.

    ``check`` names the rule (``catalog.malformed_code``); ``found`` is the print, ``expected`` what the rule
    led one to expect, ``suggestion`` the reading that would settle it ('' where there is none).
    """

    check: str
    severity: Severity
    message: str
    expected: str
    found: str
    where: Place
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: 1-based number, the text as printed, and its tab-separated cells."""

    number: int
    text: str

    @property
    def cells(self) -> list[str]:
        """The cells as printed; a line without tabs has one."""
        return self.text.split("\t")

    @property
    def filled(self) -> list[str]:
        """The cells that hold more than white space, stripped."""
        return [cell.strip() for cell in self.cells if cell.strip()]


@dataclass(frozen=True, slots=True)
class Document:
    """A source as read: its name, the SHA-256 of its bytes and its lines in order."""

    name: str
    sha256: str
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One printed row of a catalog, of level 1 (A) to 4 (A040303).

    ``id`` is ``department:code`` and unique in its catalog. ``code`` is the printed code, completed only
    where the print is no code at all (160601 -> A160601); ``suggested_code`` is the reading that its place
    asks for where a well-formed code contradicts it, else ''. ``name`` is the print without the spaces of
    line wraps. ``parent`` is the id of the heading it is printed under ('' at the top), ``path`` the names
    of its broader headings, outermost first.
    """

    id: str
    department: str
    level: int
    code: str
    printed_code: str
    suggested_code: str
    name: str
    printed_name: str
    parent: str
    path: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Department:
    """A department's section of a catalog: its name cleaned and as printed, and the line that opens it."""

    name: str
    printed_name: str
    line: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """A guiding catalog of services that government departments may purchase (政府购买服务指导性目录)."""

    document: str
    sha256: str
    title: str
    number: str
    issued: str
    departments: tuple[Department, ...]
    items: tuple[Item, ...]
    findings: tuple[Finding, ...] = ()

    def section(self, department: str, level: int | None = None) -> tuple[Item, ...]:
        """The rows of one department in printed order, of one level or of all."""
        return tuple(i for i in self.items if i.department == department and level in (None, i.level))


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a budget table: cells stripped, with the line it is printed on."""

    cells: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class BudgetTable:
    """One table of a disclosure: title as printed, unit of its amounts (万元 or 元), header rows, body rows.

    ``empty`` is true where the print says 本表无数据.
    """

    kind: str
    title: str
    unit_of_amount: str
    header: tuple[TableRow, ...]
    rows: tuple[TableRow, ...]
    line: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A figure that the prose states: its kind (``projects.count``), value, unit (万元, 个) and sentence."""

    kind: str
    value: Decimal
    unit: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """A performance indicator: the three printed levels and its target value, for the period or the year."""

    group: str
    kind: str
    name: str
    target: str
    scope: Literal["period", "year"]
    line: int


@dataclass(frozen=True, slots=True)
class PerformanceSheet:
    """A project's performance target sheet (项目支出绩效目标表), texts as printed.

    ``period_funds`` and ``year_funds`` map 总额, 中央, 省级, 市县, 财政拨款, 单位自筹, 其他 to ``Decimal`` 元;
    a level that prints no amount is absent.
    """

    name: str
    line: int
    department: str = ""
    unit: str = ""
    project_property: str = ""
    period: str = ""
    overview: str = ""
    legal_basis: str = ""
    necessity: str = ""
    safeguards: str = ""
    plan: str = ""
    period_goal: str = ""
    year_goal: str = ""
    filled_on: str = ""
    period_funds: dict[str, Decimal] = field(default_factory=dict)
    year_funds: dict[str, Decimal] = field(default_factory=dict)
    indicators: tuple[Indicator, ...] = ()

    @property
    def amount_yuan(self) -> Decimal | None:
        """The year's total in 元, as printed."""
        return self.year_funds.get("总额")


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a unit: what is to be judged.

    ``funds`` maps the names of ``FUND_NAMES`` to ``Decimal`` 元. ``sheet`` is the performance sheet that
    was joined to it, by the same name or by likeness (then a finding says so).
    """

    id: str
    unit: str
    name: str
    amount_yuan: Decimal | None = None
    description: str = ""
    funds: dict[str, Decimal] = field(default_factory=dict)
    carried_over: bool = False
    sheet: PerformanceSheet | None = None
    document: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A unit's published budget: tables, projects, performance sheets, stated figures, findings."""

    document: str
    sha256: str
    unit: str
    year: int
    title: str
    tables: tuple[BudgetTable, ...]
    projects: tuple[Project, ...]
    sheets: tuple[PerformanceSheet, ...]
    statements: tuple[Statement, ...]
    findings: tuple[Finding, ...] = ()


NATURES = {
    "service": "目录内服务",
    "service_uncatalogued": "目录外服务",
    "cash": "补助个人",
    "grant": "补助单位",
    "goods": "货物",
    "works": "工程",
    "operating": "机关运转",
}
"""The natures of spending: the name in data and the name that is shown."""

DECISIONS = {"auto": "自动判定", "review": "待人工复核"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a verdict, readable aloud.

    ``kind`` is department, cue, match, rule, precedent or sheet. ``text`` says it in Chinese; ``field`` and
    ``span`` (half-open) point to the words of the project it rests on, None where it rests on none;
    ``source`` names the catalog line, the data file's ground or the article of the regulation.
    """

    kind: str
    text: str
    field: str = ""
    span: tuple[int, int] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A catalog item offered for a project.

    ``score`` orders the choices of one project; ``confidence`` is the probability, 0..1, that this is the
    right item given that the project is a catalogued service. ``foreign``: of another department's section.
    """

    id: str
    name: str
    path: tuple[str, ...]
    score: float
    confidence: float
    foreign: bool
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """What an answer rests on: catalog (document number and hash), release of the engine, hash of the knowledge."""

    catalog: str
    engine: str
    knowledge: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The engine's answer for one project.

    ``code`` is an item id (``民政:A040303``) for a service in the catalog, else None. ``confidence`` is the
    calibrated probability, 0..1, that nature and code are both right. ``reason`` says in Chinese why the
    decision is what it is, ``question`` what a reviewer would have to find out ('' where nothing is open),
    ``heading`` is the id of a level-3 heading as a hint where no item fits.
    """

    id: str
    department: str
    departments: tuple[str, ...]
    nature: str
    code: str | None
    decision: Literal["auto", "review"]
    confidence: float
    natures: dict[str, float]
    candidates: tuple[Choice, ...]
    flags: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    reason: str
    question: str
    versions: Versions
    heading: str = ""
    precedents: tuple[dict[str, str], ...] = ()
