"""The log at hand: what it holds is what the log in the store says, whoever wrote it."""

from catalog_data.decision_log import DecisionLog
from catalog_data.decisions import standing
from catalog_service.live_decisions import LiveDecisions
from catalog_service.review_desk import ReviewDesk

from .office import COSTS, Office


def assert_as_in_the_log(decisions: LiveDecisions, office: Office) -> None:
    with DecisionLog(office.engine.store_path) as log:
        entries = log.entries()
    seen = decisions.current()
    assert (seen.entries, seen.in_force, seen.last) == (entries, standing(entries), len(entries))
    assert seen.about == {e.subject.key: tuple(o for o in entries if o.subject.key == e.subject.key) for e in entries}


def test_every_entry_is_seen_as_soon_as_it_is_written_by_whomever(office: Office) -> None:
    decisions, desk = LiveDecisions(office.engine.store_path), ReviewDesk(office.engine)
    assert_as_in_the_log(decisions, office)
    first = desk.reject(desk.case(COSTS), "王复核", "goods", "见合同")
    assert_as_in_the_log(decisions, office)
    desk.change(desk.case(COSTS), "李复核", "grant", None, "付给敬老院")
    assert_as_in_the_log(decisions, office)
    desk.undo(None, "李复核")
    desk.undo(first.id, "王复核")
    assert_as_in_the_log(decisions, office)
    assert decisions.current().in_force == {} and decisions.current() is decisions.current()


def test_another_log_in_the_place_of_the_known_one_is_read_whole(office: Office) -> None:
    decisions, desk = LiveDecisions(office.engine.store_path), ReviewDesk(office.engine)
    desk.defer(desk.case(COSTS), "王复核", "待查")
    decisions.current()
    with DecisionLog(office.engine.store_path) as log:
        for (name,) in log._database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            log._database.execute(f"DROP TRIGGER {name}")
        log._database.execute("DELETE FROM decisions")
    desk.reject(desk.case(COSTS), "李复核", "goods", "见合同")
    assert_as_in_the_log(decisions, office)
