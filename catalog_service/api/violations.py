"""What a value does against a JSON schema, said in Chinese and English, never echoing the value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

SHOWN = 20
"""Violations that are told of one value; whoever sent more has the first ones to begin with."""

_TYPES = {
    "string": "文字",
    "number": "数字",
    "integer": "整数",
    "boolean": "true 或 false",
    "array": "数组",
    "object": "对象",
    "null": "null",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong.

    ``place`` is the name of a parameter or the JSON pointer into a body ('' for all of it), ``rule`` the keyword
    of JSON Schema that it breaks, else unknown, required, repeated for a parameter as such, and readable for the
    name of a project that says nothing.
    """

    place: str
    rule: str
    detail: str
    detail_en: str

    def record(self) -> dict[str, str]:
        """Its JSON form."""
        return {"place": self.place, "rule": self.rule, "detail": self.detail, "detail_en": self.detail_en}


def _whole(_: object, value: object) -> bool:
    """Whole numbers in any notation: 16.0 is an integer (JSON Schema 2020-12, section 6.1.1)."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


ContractValidator = extend(
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _whole)
)
"""JSON Schema 2020-12 over values whose fractions are ``Decimal``."""


def violations(validator: Any, value: Any) -> tuple[Violation, ...]:
    """The first violations that a validator finds in a value, none twice."""
    found = (_violation(error) for error in validator.iter_errors(value))
    return tuple(dict.fromkeys(islice(found, SHOWN)))


def _violation(error: ValidationError) -> Violation:
    place = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)
    rule = str(error.validator or "not")
    detail, detail_en = _SAYINGS.get(rule, _other)(error.validator_value, error)
    return Violation(place[:200], rule, detail, detail_en)


def _type(wanted: Any, error: ValidationError) -> tuple[str, str]:
    kinds = [wanted] if isinstance(wanted, str) else list(wanted)
    return f"应为{'或'.join(_TYPES[kind] for kind in kinds)}", f"must be {' or '.join(kinds)}"


def _required(wanted: Any, error: ValidationError) -> tuple[str, str]:
    missing = [name for name in wanted if name not in error.instance]
    return f"缺少 {'、'.join(missing)}", f"lacks {', '.join(missing)}"


def _unknown(wanted: Any, error: ValidationError) -> tuple[str, str]:
    known = list(error.schema.get("properties", ()) if isinstance(error.schema, Mapping) else ())
    return f"有多余的字段；可用的有：{'、'.join(known)}", f"has unknown members; known: {', '.join(known)}"


def _enum(wanted: Any, error: ValidationError) -> tuple[str, str]:
    return f"应为其中之一：{'、'.join(map(str, wanted))}", f"must be one of: {', '.join(map(str, wanted))}"


def _bound(zh: str, en: str) -> Callable[[Any, ValidationError], tuple[str, str]]:
    return lambda wanted, error: (zh.format(wanted), en.format(wanted))


def _pattern(wanted: Any, error: ValidationError) -> tuple[str, str]:
    meant = error.schema.get("x-meaning", {}) if isinstance(error.schema, Mapping) else {}
    return meant.get("zh", f"不合格式 {wanted}"), meant.get("en", f"must match {wanted}")


def _other(wanted: Any, error: ValidationError) -> tuple[str, str]:
    return f"不符合 {error.validator} 的要求", f"violates {error.validator}"


_SAYINGS: Mapping[str, Callable[[Any, ValidationError], tuple[str, str]]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _unknown,
    "enum": _enum,
    "pattern": _pattern,
    "not": _bound("在这里不适用", "does not apply here"),
    "minLength": _bound("至少 {} 个字", "must have at least {} characters"),
    "maxLength": _bound("最多 {} 个字", "must have at most {} characters"),
    "minimum": _bound("不得小于 {}", "must be at least {}"),
    "maximum": _bound("不得大于 {}", "must be at most {}"),
    "exclusiveMinimum": _bound("应大于 {}", "must be greater than {}"),
    "exclusiveMaximum": _bound("应小于 {}", "must be less than {}"),
}
"""How a keyword's violation is said; the value of the keyword and the violation come in."""
