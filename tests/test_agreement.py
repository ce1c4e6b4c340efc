"""Cohen's kappa against its textbook values."""

import pytest

from indexer.agreement import agreement


def test_agreement_beyond_chance_is_told_by_kappa() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    told = agreement(pairs)
    assert (told.n, told.same) == (50, 35)
    assert told.kappa == pytest.approx(0.4)


def test_kappa_is_undefined_where_chance_explains_everything() -> None:
    assert agreement([]).kappa is None
    assert agreement([("cash", "cash")] * 9).kappa is None
    assert agreement([("cash", "goods"), ("goods", "cash")]).kappa == pytest.approx(-1)
