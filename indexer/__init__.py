"""Finding and judging: departments, nature of spending, candidates, verdicts, search."""
