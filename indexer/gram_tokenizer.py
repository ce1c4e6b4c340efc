"""Whoosh's view of the analysis that search and tagging share."""

from __future__ import annotations

from collections.abc import Iterator

from whoosh.analysis import Token, Tokenizer

from .analysis import grams


class GramTokenizer(Tokenizer):  # type: ignore[misc]
    """Whoosh's view of ``grams``; character offsets serve highlighting, positions count tokens."""

    def __call__(  # noqa: PLR0913 - the signature is Whoosh's
        self,
        value: str,
        positions: bool = False,
        chars: bool = False,
        keeporiginal: bool = False,
        removestops: bool = True,
        start_pos: int = 0,
        start_char: int = 0,
        mode: str = "",
        **kwargs: object,
    ) -> Iterator[Token]:
        token = Token(positions, chars, removestops=removestops, mode=mode, **kwargs)
        for position, (start, end, text) in enumerate(grams(value)):
            token.text = text
            token.boost = 1.0
            token.stopped = False
            if keeporiginal:
                token.original = text
            if positions:
                token.pos = start_pos + position
            if chars:
                token.startchar, token.endchar = start_char + start, start_char + end
            yield token
