"""``python -m catalog_service``."""

from .cli import main

main()
