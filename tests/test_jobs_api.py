"""Uploading over the API: who may, what is refused and how it is said."""

import io

import pytest
from flask.testing import FlaskClient

from catalog_service.app import create_app
from catalog_service.engine import Engine
from catalog_service.jobs import open_jobs
from catalog_service.jobs.streams import MOST

from .live_server import reviewer_token
from .test_jobs import HOSTILE

JOBS = "/api/v1/jobs"
NO_FILE = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n'


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    own = Engine(tmp_path_factory.mktemp("jobs"))
    own.prepare()
    return own


@pytest.fixture(scope="module")
def token(own: Engine) -> str:
    return reviewer_token(own.store_path)


@pytest.fixture
def client(own: Engine, token: str) -> FlaskClient:
    client = create_app(own).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _form(name: str, content: bytes) -> dict[str, object]:
    return {"file": (io.BytesIO(content), name)}


def test_an_upload_is_accepted_with_its_address(client: FlaskClient) -> None:
    answer = client.post(JOBS, data=_form("../项目.csv", "项目名称\n养老\n".encode()))
    job = answer.json["data"]
    assert answer.status_code == 202 and answer.headers["Location"] == f"{JOBS}/{job['id']}"
    assert (job["document"], job["state"], job["owner"]) == ("项目.csv", "queued", "王复核")
    read = client.get(answer.headers["Location"])
    assert read.json["data"] == job and read.headers["ETag"] == answer.headers["ETag"]
    assert client.get(answer.headers["Location"], headers={"If-None-Match": read.headers["ETag"]}).status_code == 304


def test_nobody_uploads_or_looks_at_uploads_without_signing_in(own: Engine) -> None:
    stranger = create_app(own).test_client()
    assert stranger.post(JOBS, data=_form("a.csv", b"x")).status_code == 401
    assert stranger.get(JOBS).status_code == 401


def test_a_job_is_cancelled_on_what_was_seen_where_that_is_said(client: FlaskClient) -> None:
    seen = client.post(JOBS, data=_form("a.csv", "项目名称\n养老\n".encode()))
    address = seen.headers["Location"]
    refused = client.post(f"{address}/cancel", headers={"If-Match": '"another"'})
    assert (refused.status_code, refused.json["type"]) == (412, "/api/v1/docs#changed-meanwhile")
    cancelled = client.post(f"{address}/cancel", headers={"If-Match": seen.headers["ETag"]})
    assert cancelled.json["data"]["state"] == "cancelled"
    assert client.post(f"{address}/retry", headers={"If-Match": seen.headers["ETag"]}).status_code == 412
    assert client.post(f"{address}/retry", headers={"If-Match": cancelled.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_a_problem_that_says_what_to_do_and_makes_no_job(
    client: FlaskClient, own: Engine, name: str
) -> None:
    content, saying = HOSTILE[name]
    with open_jobs(own.store_path) as book:
        before = len(book.jobs())
        answer = client.post(JOBS, data=_form(name, content))
        assert answer.status_code in (415, 422) and answer.mimetype == "application/problem+json"
        assert saying in answer.json["detail"] and answer.json["detail_en"]
        assert len(book.jobs()) == before


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"x=1", "application/x-www-form-urlencoded", 415),
        (b"nothing", "multipart/form-data; boundary=b", 422),
        (b"nothing", "multipart/form-data", 422),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
        ),
    ],
)
def test_what_is_no_form_with_one_file_is_refused(client: FlaskClient, data: bytes, kind: str, status: int) -> None:
    answer = client.post(JOBS, data=data, content_type=kind)
    assert answer.status_code == status and answer.mimetype == "application/problem+json"


def test_a_form_with_more_than_the_file_is_refused(client: FlaskClient) -> None:
    answer = client.post(JOBS, data=_form("a.csv", b"x") | {"kind": "list"})
    assert answer.status_code == 422 and "file" in answer.json["detail"]


def test_jobs_are_paged_and_filtered(client: FlaskClient) -> None:
    for number in range(3):
        client.post(JOBS, data=_form(f"{number}.csv", b"x"))
    first = client.get(f"{JOBS}?limit=2&state=queued").json
    rest = client.get(f"{JOBS}?limit=2&state=queued&cursor={first['next']}").json
    assert [job["document"] for job in first["data"]] == ["2.csv", "1.csv"]
    assert rest["data"][0]["document"] == "0.csv" and first["total"] >= 3
    assert client.get(f"{JOBS}?state=done").json["data"] == []


@pytest.mark.parametrize("address", [f"{JOBS}/{'0' * 20}", f"{JOBS}/..%2f..", f"{JOBS}/{'0' * 20}/events"])
def test_an_unknown_job_is_not_found(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404 and answer.mimetype == "application/problem+json"


def test_streams_are_few_and_a_closed_one_makes_room(client: FlaskClient) -> None:
    id_ = client.post(JOBS, data=_form("a.csv", b"x")).json["data"]["id"]
    streams = [client.get(f"{JOBS}/{id_}/events") for _ in range(MOST + 1)]
    assert [stream.status_code for stream in streams] == [200] * MOST + [503]
    assert streams[MOST].headers["Retry-After"]
    streams[0].close()
    with client.get(f"{JOBS}/{id_}/events") as again:
        assert again.status_code == 200
    for stream in streams:
        stream.close()
