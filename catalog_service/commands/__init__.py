"""The commands of the command line that have a module of their own, and what all commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

import click

from catalog_data.model import DocumentError
from indexer.tables import KnowledgeError

from ..config import Settings

P = ParamSpec("P")

SETTINGS = "catalog_service.settings"
"""Where the command line keeps the settings in force."""


def settings_in_force() -> Settings:
    """The settings of the command line that is running."""
    return cast(Settings, click.get_current_context().meta[SETTINGS])


def speaks_plainly(command: Callable[P, None]) -> Callable[P, None]:
    """Input errors end with a message on stderr and status 1, never with a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            cause = f"不能读写 {error.filename}（{error.strerror}）" if error.filename else str(error)
            click.echo(f"错误：{cause}，请检查路径和权限", err=True)
            sys.exit(1)
        except (DocumentError, KnowledgeError, ValueError) as error:
            click.echo(f"错误：{error}", err=True)
            sys.exit(1)

    return run
