"""People and programs that may use the service: users, their passwords and sessions, API tokens."""

from .book import AccountBook, AccountError, open_accounts
from .users import User

__all__ = ["AccountBook", "AccountError", "User", "open_accounts"]
