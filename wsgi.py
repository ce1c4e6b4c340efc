"""The WSGI entry: ``create_app()`` with the settings of the environment and the configuration file."""

import os

from flask import Flask

from catalog_service.app import create_app as app_over
from catalog_service.app import prepare
from catalog_service.config import load_settings
from catalog_service.engine import Engine


def create_app() -> Flask:
    """The application over an engine that is ready to answer."""
    settings = load_settings(os.environ)
    engine = Engine(settings.data_dir, settings.auto_line)
    engine.prepare()
    app = app_over(engine, settings=settings)
    prepare(app)
    return app
