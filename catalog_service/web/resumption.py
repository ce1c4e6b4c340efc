"""What somebody was submitting when their session had run out: carried through the sign-in and sent by one press after.

Nothing of it is kept on the server. A chosen file cannot be carried along; a browser gives it only once.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from flask import request

from ..forgery import FIELD as TOKEN

FIELD = "resume"
MOST = 200_000
"""Characters that are carried; what is longer is lost, as is whatever comes with a password."""

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


@dataclass(frozen=True, slots=True)
class Resumption:
    """The address on this site that a form was sent to, and its fields as (name, value)."""

    address: str
    fields: tuple[tuple[str, str], ...]

    @property
    def packed(self) -> str:
        """The form in which a hidden field holds it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def interrupted() -> Resumption | None:
    """What the current request was submitting; None where it was no form or holds what cannot be sent again."""
    if request.method != "POST" or request.mimetype not in _FORMS or any(request.files.values()):
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name != TOKEN)
    if "password" in request.form or sum(len(name) + len(value) for name, value in fields) > MOST:
        return None
    return Resumption(request.full_path.rstrip("?"), fields)


def resumed() -> Resumption | None:
    """What the sign-in form of the current request carries; None where it carries nothing that can be read."""
    try:
        record = json.loads(request.form.get(FIELD, ""))
        address, fields = str(record["address"]), tuple((str(name), str(value)) for name, value in record["fields"])
    except (ValueError, TypeError, KeyError):
        return None
    local = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return Resumption(address, fields) if local else None
