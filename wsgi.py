"""The WSGI entry: ``create_app()`` over the folder named by CATALOG_DATA_DIR, else ./var."""

import os
from pathlib import Path

from flask import Flask

from catalog_service.app import create_app as app_over
from catalog_service.engine import Engine


def create_app() -> Flask:
    """The application over an engine that is ready to answer."""
    engine = Engine(Path(os.environ.get("CATALOG_DATA_DIR", "var")))
    engine.prepare()
    return app_over(engine)
