"""The service as processes: started, killed at any moment, stopped, watched."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from catalog_service.engine import Engine
from catalog_service.jobs import open_jobs

from .conftest import SOURCE
from .crash import Storm
from .live_server import free_port
from .service_process import CSV, Service, wait


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with store and index."""
    folder = tmp_path_factory.mktemp("built")
    Engine(folder).build()
    return folder


@pytest.fixture
def service(tmp_path: Path, built: Path) -> Iterator[Service]:
    shutil.copytree(built, tmp_path / "data", symlinks=True)
    service = Service(tmp_path / "data")
    service.start()
    yield service
    service.kill()


def test_nothing_acknowledged_is_lost_and_nothing_sticks_when_service_and_workers_are_killed(service: Service) -> None:
    storm = Storm(service, random.Random(20260302))
    storm.rage(uploads=12, decisions=40, pause=1.5)
    assert storm.complaints() == []
    assert len(storm.uploads) == 12 and len(storm.decisions) == 40


def test_workers_end_with_their_service(service: Service) -> None:
    service.upload("a.csv", CSV.encode())
    wait(lambda: bool(service.workers()), "no worker was started")
    workers = service.workers()
    service.kill()
    wait(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers), "a worker outlives its service")


def test_a_second_service_leaves_the_jobs_to_the_first(service: Service) -> None:
    second = Service.__new__(Service)
    vars(second).update(vars(service) | {"port": (port := free_port()), "address": f"http://127.0.0.1:{port}"})
    command = [sys.executable, "-m", "catalog_service", "--data-dir", str(service.data_dir), "serve"]
    second.process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        wait(lambda: second.asked("/healthz")[0] == 200, "the second service does not answer")
        status, body = second.asked("/readyz")
        assert (status, body["checks"]["workers"]) == (503, False)
        service.kill()
        wait(lambda: second.asked("/readyz")[0] == 200, "the second service does not take over")
    finally:
        second.kill()


def test_a_running_job_is_cancelled_and_then_retried(service: Service) -> None:
    _, body = service.upload("big.csv", (CSV + CSV.partition("\n")[2] * 200).encode())
    id_ = body["data"]["id"]
    wait(lambda: bool(service.job(id_)["done"]), "the job does not begin")
    assert service.asked(f"/api/v1/jobs/{id_}/cancel", b"")[0] == 200
    wait(lambda: service.job(id_)["state"] == "cancelled", "the job is not cancelled")
    assert service.asked(f"/api/v1/jobs/{id_}/results/verdicts.jsonl")[0] == 404
    assert service.asked(f"/api/v1/jobs/{id_}/retry", b"")[1]["data"]["state"] == "queued"
    assert service.asked(f"/api/v1/jobs/{id_}/retry", b"")[0] == 409
    service.asked(f"/api/v1/jobs/{id_}/cancel", b"")


def test_events_tell_every_step_until_the_end(service: Service) -> None:
    _, body = service.upload(SOURCE.name, SOURCE.read_bytes())
    status, events = service.asked(f"/api/v1/jobs/{body['data']['id']}/events")
    told = [json.loads(line.removeprefix("data: ")) for line in events.splitlines() if line.startswith("data: ")]
    assert status == 200 and told[-1]["state"] == "done" and told[-1]["counts"]["projects"] == 67
    assert [job["state"] for job in told] == sorted(
        (job["state"] for job in told), key=["queued", "running", "done"].index
    )


def test_a_stop_answers_what_was_asked_and_keeps_the_jobs(service: Service) -> None:
    _, body = service.upload("big.csv", (CSV + CSV.partition("\n")[2] * 200).encode())
    wait(lambda: service.job(body["data"]["id"])["state"] == "running", "the job does not begin")
    batch = json.dumps({"projects": [{"id": str(k), "name": f"养老服务{k}"} for k in range(1000)]}).encode()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(service.asked, "/api/v1/tag/batch", batch, "application/json")
        wait(lambda: "POST" in service.asked("/metrics")[1], "no request is counted")
        assert service.stop() == 0
        assert asked.result()[0] in (200, 0)
    with open_jobs(service.engine.store_path) as book:
        job = book.job(body["data"]["id"])
    assert (job.state, job.attempts) == ("queued", 0)


def test_the_log_is_json_with_request_ids_and_without_personal_data(service: Service) -> None:
    service.asked("/?q=某县张三丰低保")
    service.upload("张三丰.csv", CSV.encode())
    service.asked("/api/v1/search?q=某县张三丰低保")
    service.stop()
    printed = service.log.read_text("utf-8")
    lines = [json.loads(line) for line in printed.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert {"method", "route", "status", "milliseconds", "request_id"} <= set(requests[0])
    assert "/api/v1/search" in {line["route"] for line in requests}
    assert not any(secret in printed for secret in ("张三丰", "王复核", service.token, '127.0.0.1"'))


def test_figures_count_requests_by_route_and_jobs_by_state(service: Service) -> None:
    service.asked("/api/v1/search?q=养老")
    status, figures = service.asked("/metrics")
    assert status == 200
    assert 'catalog_requests_total{method="GET",route="/api/v1/search",status="200"} 1.0' in figures
    assert 'catalog_jobs{state="queued"} 0.0' in figures and "process_resident_memory_bytes" in figures
    assert "养老" not in figures


@pytest.mark.parametrize("size", [51_000_000, 63_000_000])
def test_an_oversized_upload_is_a_problem_in_two_languages(service: Service, size: int) -> None:
    status, body = service.upload("big.csv", b"a" * size)
    assert status == 413 and "50 MB" in body["detail"] and body["detail_en"]
