"""The manifest: what the service can do and at which addresses."""

from __future__ import annotations

from typing import Any

from catalog_data.model import Catalog

from .entities import root_type
from .queries import BATCH_SIZE

PREVIEW_WIDTH, PREVIEW_HEIGHT = 430, 300


def manifest(catalog: Catalog, release: str, address: str) -> dict[str, Any]:
    """The manifest of a service at ``address`` (``http://127.0.0.1:8000``, without a slash at the end).

    Addresses that carry ``{{id}}`` hold no escapes: OpenRefine escapes them as a whole.
    """

    def service(path: str) -> dict[str, str]:
        return {"service_url": address, "service_path": f"/reconcile/{path}"}

    return {
        "versions": ["0.2"],
        "name": catalog.title + (f"（{catalog.number}）" if catalog.number else ""),
        "identifierSpace": f"{address}/items/",
        "schemaSpace": f"{address}/departments/",
        "serviceVersion": release,
        "defaultTypes": [root_type()],
        "view": {"url": f"{address}/items/{{{{id}}}}"},
        "preview": {
            "url": f"{address}/reconcile/preview?id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {
            "entity": service("suggest/entity") | {"flyout_service_path": "/reconcile/flyout/entity?id=${id}"},
            "type": service("suggest/type"),
            "property": service("suggest/property"),
        },
        "extend": {"propose_properties": service("properties"), "property_settings": []},
        "batchSize": BATCH_SIZE,
    }
