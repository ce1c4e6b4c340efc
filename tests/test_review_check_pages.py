"""The pages on which reviewers judge blind: second opinions, and the random sample."""

from playwright.sync_api import expect

from .browsing import press
from .office import COSTS, Enter, Office, decide, form_of, other_than


def test_a_second_opinion_is_given_blind_and_its_agreement_told(office: Office) -> None:
    first, second, admin = (office.client(name) for name in ("王复核", "李复核", "赵管理"))
    decide(first, COSTS, "goods|", "见采购合同机密")
    token = form_of(admin.get(f"/review/{COSTS}").text)["form_token"]
    assert first.post(f"/review/ask/{COSTS}", data=form_of(first.get(f"/review/{COSTS}").text)).status_code == 403
    assert admin.post(f"/review/ask/{COSTS}", data={"form_token": token}).status_code == 303
    sent = second.get(f"/review/{COSTS}")
    assert sent.status_code == 303 and "/review/second/" in sent.location
    blind = second.get(f"/review/second/{COSTS}").text
    assert "见采购合同机密" not in blind and "把握" not in blind
    assert "见采购合同机密" not in second.get("/review?state=decided").text
    assert first.get(f"/review/second/{COSTS}").status_code == 303
    fields = {"form_token": form_of(second.get(f"/review/{other_than(COSTS, office)}").text)["form_token"]}
    assert second.post(f"/review/second/{COSTS}", data={**fields, "choice": "operating|"}).status_code == 303
    assert "0 / 1 一致" in second.get("/review/second").text
    assert second.post(f"/review/second/{COSTS}", data={**fields, "choice": "goods|"}).status_code == 400
    assert "李复核 盲评：机关运转" in first.get(f"/review/{COSTS}").text
    assert office.entries() == [("王复核", "rejected", COSTS)]


def test_the_sample_is_random_kept_apart_and_gives_an_accuracy_with_its_interval(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review/sample")
        expect(page.locator("dd").first).to_have_text("0 / 30")
        press(page, "s")
        expect(page.get_by_text("系统的判定在此不显示")).to_be_visible()
        assert "把握" not in page.locator("main").inner_text()
        press(page, "n")
        judged = page.url
        press(page, "1")
        page.wait_for_function("judged => location.href !== judged", arg=judged)
        page.goto(f"{address}/review/sample")
        expect(page.locator("dd").first).to_have_text("1 / 30")
        expect(page.locator("dd").nth(1)).to_contain_text("95% 置信区间")
    assert office.entries() == []
    assert "<dd>0 / 67</dd>" in office.client("王复核").get("/review").text


ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
