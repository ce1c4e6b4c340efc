"""The files of the index: built aside, checked, swapped in.

The index is a cache that can always be rebuilt from the store. Each build lies in a folder of its own named
after what it was built from; the link ``current`` points to the one in use and is replaced in one step, so
that a reader sees the old index or the new, never half of one. Whoosh unpickles what it opens: the folder
belongs to the service alone, and its files are checked before they are opened.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.codec.whoosh3 import W3Codec
from whoosh.fields import ID, STORED, Schema

from catalog_data.file_lock import FileLock
from catalog_data.model import Catalog

from .gram_tokenizer import GramTokenizer
from .query import fold
from .tables import KNOWLEDGE, knowledge_version
from .vocabulary import Vocabulary

FORMAT = "4"
"""Raised whenever the schema or the analysis changes, so that older indexes are rebuilt."""

CURRENT = "current"
"""The link to the index in use."""

LOCK, PATIENCE_SECONDS = "build.lock", 60.0
"""One process builds at a time; the others wait so long."""

SEAL = "seal.sha256"
"""The file of an index folder that holds the SHA-256 of the others."""


def schema() -> Schema:
    """The fields of a row; what is searched is folded, what is stored is printed.

    Postings say which rows hold a token and nothing more: frequencies, places and lengths are not ranked by.
    """
    tokens = GramTokenizer()
    return Schema(
        id=ID(stored=True, unique=True),
        department=ID(stored=True),
        level=ID(stored=True),
        code=ID(stored=True),
        path=STORED,
        shown_name=STORED,
        shown_entries=STORED,
        name=ID(analyzer=tokens),
        entries=ID(analyzer=tokens),
        headings=ID(analyzer=tokens),
        section=ID(analyzer=tokens),
    )


def fingerprint(catalog: Catalog, knowledge: Path = KNOWLEDGE) -> str:
    """What an index is built from: catalog, folder of knowledge files, format."""
    return hashlib.sha256(f"{catalog.sha256} {knowledge_version(knowledge)} {FORMAT}".encode()).hexdigest()[:16]


def build_index(catalog: Catalog, vocabulary: Vocabulary, folder: Path, knowledge: Path = KNOWLEDGE) -> bool:
    """Build the index under ``folder`` unless the current one is of the same fingerprint; True if built.

    ``vocabulary`` is that of ``knowledge``.

    Raises ``OSError`` where the folder cannot be written or the index would not hold every row.
    """
    wanted = fingerprint(catalog, knowledge)
    if _in_use(folder, wanted, catalog):
        return False
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / LOCK)
    if not lock.take(PATIENCE_SECONDS):
        raise OSError(f"另一个进程一直在建立索引，请稍后再试：{folder}")
    try:
        if _in_use(folder, wanted, catalog):
            return False
        if not sound(folder / wanted, catalog):
            _build(catalog, vocabulary, folder / wanted)
        _put_in_use(folder / wanted)
    finally:
        lock.release()
    return True


class _Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's way to write, without asking for each posting how long its field is: nothing is ranked by length."""

    length_stats = False


def _in_use(folder: Path, wanted: str, catalog: Catalog) -> bool:
    current = folder / CURRENT
    return current.is_symlink() and current.readlink() == Path(wanted) and sound(current, catalog)


def _build(catalog: Catalog, vocabulary: Vocabulary, target: Path) -> None:
    aside = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    _write(catalog, vocabulary, aside)
    (aside / SEAL).write_text(_seal(aside), "ascii")
    if not sound(aside, catalog):
        raise OSError(f"索引条目数与目录不符，未启用：{aside}")
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)


def open_index(folder: Path) -> whoosh_index.FileIndex:
    """The index of a folder, read-only."""
    return whoosh_index.open_dir(str(folder), readonly=True, schema=schema())


def sound(folder: Path, catalog: Catalog) -> bool:
    """Whether the files are those that were built, byte for byte, and hold every row of the catalog.

    The check comes before Whoosh unpickles anything.
    """
    try:
        if _seal(folder) != _sealed(folder):
            return False
        return bool(open_index(folder).doc_count() == len(catalog.items))
    except OSError:
        return False


def _put_in_use(target: Path) -> None:
    """Point the link to a build; the one before stays for those who are just opening it."""
    current = target.parent / CURRENT
    before = current.readlink().name if current.is_symlink() else ""
    link = target.parent / f"{CURRENT}.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(current)
    for old in target.parent.iterdir():
        if old.is_dir() and not old.is_symlink() and old.name not in (target.name, before):
            shutil.rmtree(old, ignore_errors=True)


def _seal(folder: Path) -> str:
    """The SHA-256 of the names and bytes of an index's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".toc", ".seg"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sealed(folder: Path) -> str:
    return (folder / SEAL).read_text("ascii", errors="replace") if (folder / SEAL).is_file() else ""


def _write(catalog: Catalog, vocabulary: Vocabulary, folder: Path) -> None:
    writer = whoosh_index.create_in(str(folder), schema()).writer(limitmb=256, codec=_Codec())
    for item in catalog.items:
        entries = "\t".join(vocabulary.terms(item.id))
        writer.add_document(
            id=item.id,
            department=item.department,
            level=str(item.level),
            code=item.code.lower(),
            path="\t".join(item.path),
            shown_name=item.name,
            shown_entries=entries,
            name=fold(item.name),
            entries=fold(entries),
            headings=fold(" ".join(item.path[1:])),
            section=fold(item.department),
        )
    writer.commit()
