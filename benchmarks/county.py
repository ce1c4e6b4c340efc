"""Budgets of a whole county for benchmarks: any number of distinct projects made from labelled and printed ones."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import cycle, islice, product

from catalog_data.disclosure import read_disclosure
from catalog_data.model import Catalog, Disclosure, PerformanceSheet, Project
from catalog_data.readers import read_document
from catalog_data.shipped import shipped_documents
from indexer.gold import shipped_gold

SEED = 20250715
TOWNS = ("城关", "东关", "西关", "南关", "北关", "新城", "梧桐", "兑镇", "柱濮", "高阳", "阳泉曲", "下堡")
PHASES = ("一期", "二期", "三期", "上半年", "下半年", "市级", "县级", "省级", "中央提前下达", "追加")


def county(projects: int, disclosures: int, catalog: Catalog) -> Iterator[Disclosure]:
    """``disclosures`` budgets with ``projects`` projects in all, every name different, two in three with a sheet."""
    made, sizes = _projects(catalog), [len(range(k, projects, disclosures)) for k in range(disclosures)]
    shipped = next(shipped for shipped in shipped_documents() if "disclosure" in shipped.kinds)
    sheets = cycle(read_disclosure(read_document(shipped.path)).sheets)
    for number, size in enumerate(sizes, 1):
        name, unit = f"budget-{number:02}.txt", f"第{number}预算主管部门"
        taken = enumerate(islice(made, size), 1)
        listed = [_printed(k, one, unit, name, next(sheets) if k % 3 else None) for k, one in taken]
        held = tuple(one.sheet for one in listed if one.sheet)
        digest = hashlib.sha256(name.encode()).hexdigest()
        yield Disclosure(name, digest, unit, 2026, f"{unit} 2026 年预算公开", (), tuple(listed), held, ())


def _projects(catalog: Catalog) -> Iterator[Project]:
    """Labelled projects and catalog items in one order, each for every town and phase; no name comes twice."""
    plain = [gold.project for gold in shipped_gold(("development", "practice", "validation"))]
    plain += [Project("", f"某县{i.department}局", f"{i.name}经费", description=f"购买{i.name}") for i in catalog.items]
    random.Random(SEED).shuffle(plain)
    seen: set[str] = set()
    for phase, town, one in product(PHASES, TOWNS, plain):
        name = f"{town}{one.name}（{phase}）"
        if name not in seen:
            seen.add(name)
            yield replace(one, name=name)


def _printed(number: int, one: Project, unit: str, document: str, sheet: PerformanceSheet | None) -> Project:
    """The project as a disclosure prints it, with an amount of its own."""
    amount = Decimal(random.Random(one.name).randrange(1, 9_000)) * 1000
    funds = {"总额": amount, "市县": amount}
    own = replace(sheet, name=one.name, line=number, period_funds=funds, year_funds=funds) if sheet else None
    id_ = f"{unit}/2026/{number:04}"
    return replace(one, id=id_, amount_yuan=amount, sheet=own, document=document, line=number, funds={})
