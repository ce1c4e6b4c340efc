"""The reconciliation service: the catalog for OpenRefine and whoever else speaks the W3C API, version 0.2.

An entity is a purchased service, by its id (``民政:A040303``); its type is its department. Version 0.2 is what
OpenRefine speaks from 3.3 on: https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Serve the reconciliation API under ``/reconcile``."""
    from . import endpoints

    app.register_blueprint(endpoints.blueprint)
