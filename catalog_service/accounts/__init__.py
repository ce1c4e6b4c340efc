"""People and programs that may use the service: users, their passwords and sessions, API tokens."""
