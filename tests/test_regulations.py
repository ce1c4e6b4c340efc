"""Verdicts quote the article they rest on; prohibited purchases are flagged."""

from catalog_data.model import NATURES
from indexer.regulations import rule_book


def test_every_nature_rests_on_an_article() -> None:
    for nature in NATURES:
        assert rule_book().articles(nature), nature


def test_recruiting_and_dispatching_staff_is_flagged_with_its_article() -> None:
    text = "通过政府采购方式进行招标第三方进行人员招聘、派遣。"
    (flag,) = rule_book().flags(text)
    assert flag.flag == "prohibited:labour_dispatch"
    assert text[slice(*flag.span)] == flag.words
    assert flag.regulation.citation.endswith("第十条第五项")


def test_works_bundled_with_services_are_flagged_only_where_both_are_named() -> None:
    assert [flag.flag for flag in rule_book().flags("政府购买服务：公园新建及养护")] == ["prohibited:works_bundled"]
    assert rule_book().flags("公园新建") == []
