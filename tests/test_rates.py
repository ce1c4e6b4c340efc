"""The limiter of requests: no caller passes its rate, and none is denied what it has left."""

from hypothesis import given
from hypothesis import strategies as st

from catalog_service.rates import REMEMBERED, RateLimiter


@given(waits=st.lists(st.floats(0, 2), max_size=60), burst=st.integers(1, 5), rate=st.integers(1, 20))
def test_a_rate_is_never_passed_and_never_denied(waits: list[float], burst: int, rate: int) -> None:
    limiter, now, granted = RateLimiter(rate, burst), 0.0, 0
    for wait in waits:
        now += wait
        needed = limiter.take("caller", now)
        granted += not needed
        assert granted <= burst + now * rate + 1e-6
        if needed:
            assert 0 < needed <= 1 / rate + 1e-9
            now += needed + 1e-6
            assert limiter.take("caller", now) == 0
            granted += 1


def test_the_limiter_forgets_callers_rather_than_grow() -> None:
    limiter = RateLimiter(1, 1)
    for k in range(REMEMBERED + 50):
        limiter.take(str(k), 0.0)
    assert len(limiter._buckets) == REMEMBERED and limiter.take(str(REMEMBERED + 49), 0.0) > 0
