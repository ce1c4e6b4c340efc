"""Roles of people and scopes of tokens: what each is called and how far it reaches."""

from __future__ import annotations

from typing import Literal

UserRole = Literal["reader", "reviewer", "admin"]
Scope = Literal["read", "tag", "review", "admin"]

ROLES: dict[UserRole, str] = {"reader": "查阅", "reviewer": "复核", "admin": "管理"}
"""Roles from the least to the most, with what officers call them; each may do what those before it may."""

SCOPES: dict[Scope, UserRole] = {"read": "reader", "tag": "reader", "review": "reviewer", "admin": "admin"}
"""What a token may be allowed, with the role its owner needs for it; none includes another."""

SCOPE_NAMES: dict[Scope, str] = {"read": "查询", "tag": "判定", "review": "复核", "admin": "管理"}

OWN_SCOPE: dict[UserRole, Scope] = {"reader": "read", "reviewer": "review", "admin": "admin"}
"""The scope that lets a token act in a role."""


def reaches(role: UserRole, needed: UserRole) -> bool:
    """Whether a role may do what another may."""
    order = list(ROLES)
    return order.index(role) >= order.index(needed)
