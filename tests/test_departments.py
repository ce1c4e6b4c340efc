"""From a unit's name to the sections of the catalog it may buy from."""

import pytest

from catalog_data.model import Catalog
from indexer.departments import COLUMNS, resolver
from indexer.tables import read_table


@pytest.mark.parametrize(
    ("unit", "departments"),
    [
        ("孝义市民政局", ["民政"]),
        ("某县文旅局", ["文化和旅游"]),
        ("市卫健委", ["卫生健康"]),
        ("区市监局", ["市场监督管理"]),
        ("县住建局", ["住房和城乡建设"]),
        ("县教体局", ["教育", "体育"]),
        ("荆州市水利和湖泊局", ["水利"]),
        ("政务服务和大数据局", ["行政审批"]),
        ("共青团吕梁市委", ["共青团"]),
        ("团市委", ["共青团"]),
        ("市残联", ["残疾人联合会"]),
        ("太原市中院", ["人民法院"]),
        ("胜溪湖街道办事处", []),
        ("直溪镇人民政府", []),
        ("县机关事务管理局", []),
        ("县农业农村水利局", ["农业农村", "水利"]),
        ("市自然资源和城乡建设局", ["自然资源", "住房和城乡建设"]),
    ],
)
def test_a_unit_is_resolved_to_its_sections(unit: str, departments: list[str]) -> None:
    assert list(resolver().resolve(unit).departments) == departments


def test_a_word_in_a_place_name_does_not_mislead() -> None:
    assert resolver().resolve("公安县教育局").departments == ("教育",)
    assert resolver().resolve("市政务服务中心").departments == ("行政审批",)


def test_the_nature_of_a_unit_stands_at_the_end_of_its_name() -> None:
    assert resolver().resolve("山西医科大学第一医院后勤处幼儿园").departments == ("教育",)


def test_the_answer_quotes_the_words_that_decided() -> None:
    match = resolver().resolve("孝义市民政局")
    assert [slice(*span) for span in match.spans] == [slice(3, 5)]
    assert "“民政”" in match.explanation


def test_a_unit_without_a_section_is_told_so() -> None:
    assert "没有专门的部门" in resolver().resolve("某街道办事处").explanation
    assert "未能对应" in resolver().resolve("某公司").explanation


def test_every_alias_names_a_department_of_the_catalog(catalog: Catalog) -> None:
    known = {department.name for department in catalog.departments} | {"-"}
    assert {row["department"] for row in read_table("departments.tsv", COLUMNS)} <= known


def test_every_department_of_the_catalog_can_be_reached_by_its_name(catalog: Catalog) -> None:
    for department in catalog.departments:
        plain = department.name.replace("（室）", "")
        assert department.name in resolver().resolve(f"孝义市{plain}").departments, department.name
