"""The plain matchers that the engine is measured against are what they are called, and always answer."""

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from catalog_data.model import Catalog
from catalog_data.text import key
from indexer.baselines import TfIdfRanking, baseline_outcomes
from indexer.figures import Outcome, figures
from indexer.gold import shipped_gold

DEVELOPMENT = shipped_gold(("development",))


@pytest.fixture(scope="module")
def baselines(catalog: Catalog) -> dict[str, tuple[Outcome, ...]]:
    return baseline_outcomes(DEVELOPMENT, catalog)


def test_a_baseline_gives_every_project_a_code_of_the_department_it_was_told(
    baselines: dict[str, tuple[Outcome, ...]], catalog: Catalog
) -> None:
    sections = {department.name for department in catalog.departments}
    for outcomes in baselines.values():
        assert len(outcomes) == len(DEVELOPMENT)
        for gold, verdict in ((outcome.gold, outcome.verdict) for outcome in outcomes):
            assert verdict is not None and verdict.code
            assert gold.department not in sections or verdict.code.startswith(f"{gold.department}:")


def test_a_baseline_never_says_that_a_project_is_no_purchase(
    baselines: dict[str, tuple[Outcome, ...]], catalog: Catalog
) -> None:
    items = {item.id: item for item in catalog.items}
    for outcomes in baselines.values():
        measured = figures(outcomes, items)
        assert (measured["false_tag"].value, measured["auto_coverage"].value) == (1, 1)


def test_tf_idf_scores_as_the_usual_implementation_does(catalog: Catalog) -> None:
    items = [item for item in catalog.items if item.level == 4]
    names = [key(item.name) for item in items]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3)).fit(names)
    asked = "2026年社区居家养老服务采购（第二批）"
    expected = (vectorizer.transform(names) @ vectorizer.transform([key(asked)]).T).toarray().ravel()
    ranked = TfIdfRanking(items)(asked, items)
    assert [score for _, score in ranked] == pytest.approx(sorted(expected, reverse=True)[: len(ranked)])
