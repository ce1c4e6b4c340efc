"""How fast the search box answers, how it grows with the catalog, and how long it takes to be ready.

The peers are SQLite FTS5 (trigram) and tantivy (n-grams of one and two characters) over the same texts with the
same queries in the same run. Both only look up: no synonyms, no pinyin, no mended slips, no department in the
query. Larger catalogs are made from the names and index entries of the real one. Times are processor times, which a
busy machine lengthens less; cold starts are the time that passes.

    python -m benchmarks.search [--sizes 1160 20000 200000]
"""

from __future__ import annotations

import argparse
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import tantivy

from catalog_data.model import Catalog, Item
from catalog_service.engine import Engine
from indexer.evaluate_search import ALL, GradedQuery, graded_queries, search_quality
from indexer.index_files import CURRENT, build_index
from indexer.search import SearchIndex
from indexer.vocabulary import IndexEntry, Vocabulary

SEED = 20250715
SIZES = (1160, 20_000, 200_000)
TERMS = 9
"""Index entries of a made item: about as many as a real one has."""

WARM_UP, RUNS = 1, 3


@dataclass(frozen=True)
class Answering:
    """A way to answer a query, ready to be asked, and the processor seconds that it took to make it ready."""

    name: str
    build_seconds: float
    ask: Callable[[str], object]


def enlarged(catalog: Catalog, vocabulary: Vocabulary, size: int) -> tuple[Catalog, Vocabulary]:
    """A catalog of ``size`` items of the lowest level: the real rows, then items with halves of real names."""
    chance = random.Random(SEED)
    items = [item for item in catalog.items if item.level == 4]
    terms = [entry.term for rows in vocabulary.entries.values() for entry in rows]
    made: list[Item] = []
    entries = dict(vocabulary.entries)
    for number in range(size - len(items)):
        like, other = chance.choices(items, k=2)
        name = like.name[: len(like.name) // 2] + other.name[len(other.name) // 2 :]
        item = replace(like, department=f"{like.department}{number // len(items)}", name=name, line=number)
        made.append(item)
        chosen = chance.sample(terms, TERMS)
        entries[item.id] = tuple(IndexEntry(item.id, term, "title", "", "", 0) for term in chosen)
    return replace(catalog, items=(*catalog.items, *made), sha256=f"{size:064x}"), Vocabulary(entries)


def ours(catalog: Catalog, vocabulary: Vocabulary, folder: Path) -> Answering:
    """The search box."""
    start = time.process_time()
    build_index(catalog, vocabulary, folder)
    took = time.process_time() - start
    index = SearchIndex(folder / CURRENT)
    return Answering("search box", took, lambda query: index.search(query, limit=10))


def fts5(catalog: Catalog, vocabulary: Vocabulary) -> Answering:
    """SQLite's full-text index over trigrams; shorter queries by LIKE."""
    start = time.process_time()
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE item USING fts5 (name, terms, tokenize = trigram)")
    database.executemany("INSERT INTO item VALUES (?, ?)", _texts(catalog, vocabulary))
    took = time.process_time() - start
    match = "SELECT name FROM item WHERE item MATCH ? ORDER BY rank LIMIT 10"
    like = "SELECT name FROM item WHERE name LIKE ? OR terms LIKE ? LIMIT 10"

    def ask(query: str) -> object:
        grams = [f'"{run[k : k + 3]}"' for run in re.findall(r"\w{3,}", query) for k in range(len(run) - 2)]
        if grams:
            return database.execute(match, (" OR ".join(grams),)).fetchall()
        return database.execute(like, (f"%{query}%", f"%{query}%")).fetchall()

    return Answering("FTS5 trigram", took, ask)


def tantivy_ngrams(catalog: Catalog, vocabulary: Vocabulary) -> Answering:
    """tantivy over n-grams of one and two characters."""
    start = time.process_time()
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, 2)).build()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=True, tokenizer_name="grams")
    index = tantivy.Index(builder.build())
    index.register_tokenizer("grams", analyzer)
    writer = index.writer(num_threads=1)
    for name, terms in _texts(catalog, vocabulary):
        writer.add_document(tantivy.Document(text=f"{name} {terms}"))
    writer.commit()
    index.reload()
    took = time.process_time() - start
    searcher = index.searcher()

    def ask(query: str) -> object:
        words = " ".join(re.findall(r"\w+", query))
        return searcher.search(index.parse_query(words or "x", ["text"]), 10).hits

    return Answering("tantivy n-grams", took, ask)


def _texts(catalog: Catalog, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for item in catalog.items:
        if item.level == 4:
            yield item.name, " ".join(vocabulary.terms(item.id))


def milliseconds(answering: Answering, queries: Sequence[str]) -> list[float]:
    """The best of some runs of each query, sorted."""
    taken: dict[str, float] = {}
    for turn in range(WARM_UP + RUNS):
        for query in queries:
            start = time.process_time()
            answering.ask(query)
            took = (time.process_time() - start) * 1000
            if turn >= WARM_UP:
                taken[query] = min(taken.get(query, took), took)
    return sorted(taken.values())


def cold_seconds(engine: Engine, query: str) -> float:
    """The median time of ``catalog search`` in a fresh process, over an index that is there."""
    command = [sys.executable, "-m", "catalog_service", "--data-dir", str(engine.data_dir), "search", query]
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - start)
    return median(taken)


def measure(engine: Engine, size: int, queries: Sequence[str], folder: Path) -> None:
    """Print a row for each way to answer at one size; ratios are against FTS5."""
    catalog, vocabulary = enlarged(engine.catalog, engine.vocabulary, size)
    ways = [
        fts5(catalog, vocabulary),
        tantivy_ngrams(catalog, vocabulary),
        ours(catalog, vocabulary, folder / str(size)),
    ]
    peer = 0.0
    for way in ways:
        taken = milliseconds(way, queries)
        middle = median(taken)
        peer = peer or middle
        slow = taken[int(len(taken) * 0.95)]
        print(
            f"{size:>8,}  {way.name:<16} build {way.build_seconds:7.2f} s  median {middle:8.3f} ms  "
            f"95 % {slow:8.2f} ms  longest {taken[-1]:8.2f} ms  {middle / peer:6.2f} x FTS5"
        )


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    asked = arguments.parse_args()
    graded = graded_queries()
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Path(folder) / "data")
        engine.build()

        def ids(query: GradedQuery) -> list[str]:
            return [hit.id for hit in engine.search(query.query, department=query.department, limit=10)]

        for kind, quality in search_quality(graded, ids).items():
            label = "all" if kind == ALL else kind
            print(f"{label:<12} {quality.queries:>3} nDCG@10 {quality.ndcg:.3f}  success@1 {quality.success:.3f}")
        for query in ("养老", "shequjiaozheng"):
            print(f"cold start of `catalog search {query}`: {cold_seconds(engine, query):.2f} s")
        for size in asked.sizes:
            measure(engine, size, [query.query for query in graded], Path(folder))


if __name__ == "__main__":
    main()
