"""Problem documents of the API as tests read them."""

from typing import Any

from catalog_service.api.problems import TYPE_ROOT


def kind_of(answer: Any) -> str:
    """The kind of a problem, whose document is complete in both languages."""
    problem = answer.json
    assert answer.content_type == "application/problem+json"
    assert problem["status"] == answer.status_code and problem["versions"].keys() == {"catalog", "engine", "knowledge"}
    assert all(problem[name] for name in ("title", "title_en", "detail", "detail_en"))
    assert problem["detail_en"].isascii()
    return str(problem["type"]).removeprefix(TYPE_ROOT)
