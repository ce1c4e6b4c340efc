"""Figures for Prometheus under ``/metrics``: requests, jobs, and what the process uses.

They carry no names and no search words; a request is counted under its route. They are read on this machine, or by
an administrator.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import lru_cache

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from .access import NotAllowed, current_actor, from_this_machine, public
from .app import CatalogEngine, served_engine
from .jobs import open_jobs
from .logs import route

blueprint = Blueprint("metrics", __name__)

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Figures:
    """The figures of one application, in a registry of its own."""

    def __init__(self, engine: CatalogEngine) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method")
        self.requests = Counter("catalog_requests", "Requests answered", (*labels, "status"), registry=self.registry)
        self.seconds = Histogram(
            "catalog_request_seconds", "Time to answer", labels, buckets=BUCKETS, registry=self.registry
        )
        self.versions = Info("catalog_versions", "Catalog, engine and knowledge in force", registry=self.registry)
        self.registry.register(JobFigures(engine))
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._of = lru_cache(maxsize=2_000)(self._series)

    def count(self, method: str, status: int, seconds: float | None) -> None:
        """Count an answer to the current request; ``seconds`` is how long it took, where that is known."""
        requests, times = self._of(route(), method if method in METHODS else "other", status)
        requests.inc()
        if seconds is not None:
            times.observe(seconds)

    def _series(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self.requests.labels(route, method, str(status)), self.seconds.labels(route, method)


class JobFigures(Collector):
    """How many jobs are in each state, counted when asked for."""

    def __init__(self, engine: CatalogEngine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """The one figure."""
        family = GaugeMetricFamily("catalog_jobs", "Jobs by state", labels=["state"])
        if self._engine.store_path.exists():
            with open_jobs(self._engine.store_path) as book:
                for state, count in book.counts().items():
                    family.add_metric([state], count)
        yield family


def register(app: Flask) -> None:
    """Count every request of ``app`` and show the figures."""
    app.extensions["figures"] = Figures(app.extensions["catalog_engine"])
    app.after_request(_count)
    app.register_blueprint(blueprint)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """The figures in Prometheus' text format."""
    if not from_this_machine() and current_actor().role != "admin":
        raise NotAllowed("运行数据只向本机和管理员提供")
    figures = _figures()
    versions = served_engine().versions
    figures.versions.info({name: getattr(versions, name) for name in ("catalog", "engine", "knowledge")})
    return Response(generate_latest(figures.registry), content_type=CONTENT_TYPE_LATEST)


def _count(response: Response) -> Response:
    began = g.get("began")
    _figures().count(request.method, response.status_code, time.perf_counter() - began if began else None)
    return response


def _figures() -> Figures:
    figures: Figures = current_app.extensions["figures"]
    return figures
