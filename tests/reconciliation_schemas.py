"""The published JSON schemas of the Reconciliation API 0.2, read from the folder that the environment names."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

VARIABLE = "RECONCILIATION_SCHEMAS"
SWAGGER = "http://swagger.io/v2/schema.json"
"""What the manifest's schema refers to for ``authentication``, which is not asked for here."""


def folder() -> Path:
    """The folder of the published schemas; the test is skipped where there is none."""
    if not os.environ.get(VARIABLE):
        pytest.skip(f"没有设置 {VARIABLE}（对账接口 0.2 公布的 JSON Schema 所在文件夹），未按其校验")
    return Path(os.environ[VARIABLE])


def violations(schema: str, value: Any) -> list[str]:
    """What a value does against a schema (``manifest``); skips the test where the schemas are not at hand."""
    return [error.message for error in _validator(folder(), schema).iter_errors(value)]


@cache
def _validator(root: Path, schema: str) -> Draft7Validator:
    security = {"definitions": {"securityDefinitions": {"additionalProperties": {"required": ["type"]}}}}
    registry: Registry[Any] = Registry().with_resource(SWAGGER, Resource(security, DRAFT7))
    for path in (root / "schemas").glob("*.json"):
        contents = json.loads(path.read_text("utf-8"))
        if contents["$id"].rstrip("#") != SWAGGER:
            registry = registry.with_resource(contents["$id"], Resource(contents, DRAFT7))
    contents = json.loads((root / "schemas" / f"{schema}.json").read_text("utf-8"))
    return Draft7Validator(contents, registry=registry)
