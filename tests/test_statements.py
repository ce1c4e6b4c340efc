"""Figures in prose become statements by the form of the sentence, not by their value."""

from catalog_data.model import Disclosure, Document, Line
from catalog_data.statements import read_statements


def stated(*texts: str) -> dict[str, str]:
    document = Document("x.txt", "", tuple(Line(k, text) for k, text in enumerate(texts, 1)))
    return {s.kind: f"{s.value}{s.unit}" for s in read_statements(document, set(), "甲县水利局")}


def test_the_shipped_prose_states_its_totals_counts_and_parts(disclosure: Disclosure) -> None:
    found = {(s.kind, str(s.value), s.unit, s.line) for s in disclosure.statements}
    assert {
        ("income.total", "9754.32", "万元", 520),
        ("income.change", "-560.88", "万元", 520),
        ("income.change_percent", "-5.44", "%", 520),
        ("expenditure.total", "9754.32", "万元", 520),
        ("income.share:一般公共预算拨款收入", "99.88", "%", 524),
        ("expenditure.part:项目支出", "9324.26", "万元", 530),
        ("appropriation.part:社会保障和就业支出", "9689.81", "万元", 534),
        ("general_budget.change_percent", "0.97", "%", 543),
        ("basic.part:公用经费", "21.11", "万元", 560),
        ("three_public.total", "1.20", "万元", 564),
        ("running_cost.change", "1.21", "万元", 572),
        ("procurement.total", "179.93", "万元", 576),
        ("procurement.part:政府采购服务预算", "1.08", "万元", 576),
        ("projects.count", "73", "个", 588),
        ("projects.count:其他运转类项目", "6", "个", 588),
        ("projects.amount:特定目标类项目", "9285.43", "万元", 588),
        ("published.count", "73", "个", 588),
    } <= found


def test_a_statement_keeps_its_sentence(disclosure: Disclosure) -> None:
    total = next(s for s in disclosure.statements if s.kind == "procurement.total")
    assert total.text == "2026年孝义市民政局政府采购预算总额179.93万元。"
    broken = next(s for s in disclosure.statements if s.kind == "appropriation.part:卫生健康支出")
    assert broken.text.startswith("支出包括：社会保障和就业支出9,689.81万元")


def test_another_bureaus_sentences_are_read_by_their_form() -> None:
    assert stated(
        "2025年甲县水利局政府采购预算总额为1,200元，其中：政府采购货物预算200元、政府采购服务预算1,000元。",
        "甲县水利局2025年收入预算500万元，比上年增加100万元，增长25%。",
    ) == {
        "procurement.total": "1200元",
        "procurement.part:政府采购货物预算": "200元",
        "procurement.part:政府采购服务预算": "1000元",
        "income.total": "500万元",
        "income.change": "100万元",
        "income.change_percent": "25%",
    }


def test_a_part_of_three_public_has_its_own_change_and_a_budget_has_one_for_the_whole() -> None:
    assert stated("“三公”经费预算8万元，其中：公务接待费2万元，比上年减少1万元，下降33.33%。") == {
        "three_public.total": "8万元",
        "three_public.part:公务接待费": "2万元",
        "three_public.change:公务接待费": "-1万元",
        "three_public.change_percent:公务接待费": "-33.33%",
    }
    assert "income.change" in stated("预算收入总计8万元，其中：上年结转0万元，比上年减少1万元。")
