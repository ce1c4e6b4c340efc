"""API v1: the resources under ``/api/v1``, held to the contract in ``openapi.json``."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Serve API v1; called after the gate of accounts, so that whoever may not ask is told so first."""
    from . import answers, catalog_api, contract, docs_page, jobs_api, kept, projects_api, search_api, tagging_api

    kept.register(app)
    contract.register(app)
    answers.register(app)
    app.register_blueprint(catalog_api.catalog_api)
    app.register_blueprint(search_api.search_api)
    app.register_blueprint(tagging_api.tagging_api)
    app.register_blueprint(projects_api.projects_api)
    jobs_api.register(app)
    app.register_blueprint(docs_page.docs_page)
