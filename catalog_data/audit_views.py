"""The questions that auditors ask of the store, one SQL view each, with amounts in 元 for reading.

Amounts are printed exactly, with two decimals; beside them stands the 分 column to sort and sum by.
"""

from __future__ import annotations


def _yuan(fen: str) -> str:
    """The SQL expression that prints an amount in 分 as 元: ``-5`` as ``-0.05``."""
    sign = f"CASE WHEN {fen} < 0 THEN '-' ELSE '' END"
    return f"{sign} || (abs({fen}) / 100) || printf('.%02d', abs({fen}) % 100)"


_SHEET_TOTAL = """
    LEFT JOIN sheet_funds AS total
        ON total.disclosure = sheet.disclosure AND total.sheet = sheet.position
        AND total.scope = 'year' AND total.fund = '总额'
"""

_PROJECT_SHEETS = f"""
    FROM projects AS project
    JOIN disclosures ON disclosures.id = project.disclosure
    JOIN performance_sheets AS sheet
        ON sheet.disclosure = project.disclosure AND sheet.position = project.sheet
    {_SHEET_TOTAL}
"""

_PROJECTS_WITH_SHEETS = f"""
    SELECT disclosures.year, project.id AS project, project.name, project.carried_over,
        {_yuan("project.amount_fen")} AS amount_yuan, project.amount_fen,
        sheet.name AS sheet_name, {_yuan("total.amount_fen")} AS sheet_amount_yuan,
        total.amount_fen AS sheet_amount_fen, sheet.overview, sheet.plan, sheet.year_goal,
        project.line, sheet.line AS sheet_line, disclosures.document
    {_PROJECT_SHEETS}
    ORDER BY project.disclosure, project.position
"""

_PROJECTS_WITHOUT_SHEET = f"""
    SELECT disclosures.year, project.id AS project, project.name, project.carried_over,
        {_yuan("project.amount_fen")} AS amount_yuan, project.amount_fen, project.line, disclosures.document
    FROM projects AS project
    JOIN disclosures ON disclosures.id = project.disclosure
    WHERE project.sheet IS NULL
    ORDER BY project.disclosure, project.position
"""

_SHEETS_WITHOUT_PROJECT = f"""
    SELECT disclosures.year, disclosures.unit, sheet.name, {_yuan("total.amount_fen")} AS amount_yuan,
        total.amount_fen, sheet.line, disclosures.document
    FROM performance_sheets AS sheet
    JOIN disclosures ON disclosures.id = sheet.disclosure
    {_SHEET_TOTAL}
    WHERE NOT EXISTS (
        SELECT 1 FROM projects
        WHERE projects.disclosure = sheet.disclosure AND projects.sheet = sheet.position
    )
    ORDER BY sheet.disclosure, sheet.position
"""

# The project table prints 万元 with two decimals, so half of its last place is 5000 分.
_SHEET_AMOUNT_DIFFERENCES = f"""
    SELECT disclosures.year, project.id AS project, project.name,
        {_yuan("project.amount_fen")} AS amount_yuan, {_yuan("total.amount_fen")} AS sheet_amount_yuan,
        {_yuan("(total.amount_fen - project.amount_fen)")} AS difference_yuan,
        total.amount_fen - project.amount_fen AS difference_fen,
        abs(total.amount_fen - project.amount_fen) > 5000 AS beyond_rounding,
        project.line, sheet.line AS sheet_line, disclosures.document
    {_PROJECT_SHEETS}
    WHERE total.amount_fen <> project.amount_fen
    ORDER BY abs(total.amount_fen - project.amount_fen) DESC, project.position
"""

# A document read as a catalog and as a disclosure reports damage of the file twice, counted once here.
_FINDINGS_BY_SEVERITY = """
    SELECT severity, check_name, count(*) AS findings, min(line) AS first_line, document, sha256
    FROM (
        SELECT DISTINCT finding.severity, finding.check_name, finding.line, finding.subject, finding.message,
            coalesce(catalogs.document, disclosures.document) AS document,
            coalesce(catalogs.sha256, disclosures.sha256) AS sha256
        FROM findings AS finding
        LEFT JOIN catalogs ON catalogs.id = finding.catalog
        LEFT JOIN disclosures ON disclosures.id = finding.disclosure
    )
    GROUP BY sha256, severity, check_name
    ORDER BY document, CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, check_name
"""

_CATALOG_FINDINGS = """
    SELECT catalogs.number AS catalog, findings.severity, findings.check_name, findings.subject,
        findings.message, findings.found, findings.expected, findings.suggestion, findings.line,
        findings.document
    FROM findings
    JOIN catalogs ON catalogs.id = findings.catalog
    ORDER BY findings.catalog, findings.position
"""

_ITEMS_BY_DEPARTMENT = """
    SELECT catalogs.number AS catalog, items.department, items.code, items.suggested_code, items.name,
        (SELECT group_concat(heading.value, ' / ') FROM json_each(items.path) AS heading) AS headings,
        items.id AS item, items.line
    FROM items
    JOIN catalogs ON catalogs.id = items.catalog
    WHERE items.level = 4
    ORDER BY items.catalog, items.position
"""

_SAME_CODE_OTHER_DEPARTMENTS = """
    SELECT catalogs.number AS catalog, item.code, item.department, item.name,
        other.department AS other_department, other.name AS other_name, item.name = other.name AS same_name
    FROM items AS item
    JOIN items AS other
        ON other.catalog = item.catalog AND other.code = item.code AND other.department <> item.department
    JOIN catalogs ON catalogs.id = item.catalog
    WHERE item.level = 4 AND other.level = 4
    ORDER BY item.catalog, item.code, item.position, other.position
"""

_LATEST_VERDICTS = """
    SELECT verdict.*
    FROM verdicts AS verdict
    WHERE NOT EXISTS (
        SELECT 1 FROM verdicts AS later
        WHERE later.disclosure = verdict.disclosure AND later.project = verdict.project
            AND (later.made_at, later.id) > (verdict.made_at, verdict.id)
    )
"""

_VERDICTS_FOR_REVIEW = f"""
    SELECT disclosures.year, verdict.project, project.name, {_yuan("project.amount_fen")} AS amount_yuan,
        project.amount_fen, verdict.nature, verdict.department, items.code, items.name AS item_name,
        verdict.confidence, verdict.flags, verdict.made_at, disclosures.document
    FROM latest_verdicts AS verdict
    JOIN projects AS project ON project.disclosure = verdict.disclosure AND project.id = verdict.project
    JOIN disclosures ON disclosures.id = verdict.disclosure
    LEFT JOIN items ON items.catalog = verdict.catalog AND items.id = verdict.item
    WHERE verdict.decision = 'review'
    ORDER BY verdict.disclosure, project.position
"""

VIEWS = {
    "projects_with_sheets": _PROJECTS_WITH_SHEETS,
    "projects_without_sheet": _PROJECTS_WITHOUT_SHEET,
    "sheets_without_project": _SHEETS_WITHOUT_PROJECT,
    "sheet_amount_differences": _SHEET_AMOUNT_DIFFERENCES,
    "findings_by_severity": _FINDINGS_BY_SEVERITY,
    "catalog_findings": _CATALOG_FINDINGS,
    "items_by_department": _ITEMS_BY_DEPARTMENT,
    "same_code_other_departments": _SAME_CODE_OTHER_DEPARTMENTS,
    "latest_verdicts": _LATEST_VERDICTS,
    "verdicts_for_review": _VERDICTS_FOR_REVIEW,
}
"""View name -> SELECT."""
