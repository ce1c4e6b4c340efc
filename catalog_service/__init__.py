"""Serving people and systems: command line, pages, API, audit workbook."""
