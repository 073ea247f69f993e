"""A lexicon of words rated for sentiment by people (chapters 1 and 7)."""

import ast
import functools
import types
from importlib import resources
from typing import NamedTuple

_NUM_COLUMNS = 4


class Rating(NamedTuple):
    """What ten people thought of a word: their mean, from -4 (most negative) to 4, and the ten ratings."""

    mean: float
    ratings: tuple[int, ...]


@functools.cache
def load_sentiment_lexicon():
    """Load the VADER lexicon: words, emoticons and abbreviations with the ratings of ten people each.

    Returns
    -------
    lexicon : mapping of str to Rating
        Read-only; keys as they are written in the file, words in lower case. Where an entry stands there twice, the
        later one counts, as in the package.

    Notes
    -----
    Source: ``vaderSentiment`` (C. J. Hutto and E. Gilbert, *VADER: a parsimonious rule-based model for sentiment
    analysis of social media text*, Proceedings of the International AAAI Conference on Web and Social Media 8(1),
    2014). The package and its lexicon are under the MIT licence.
    """
    text = resources.files("vaderSentiment").joinpath("vader_lexicon.txt").read_text(encoding="utf-8")
    lexicon = {}
    for line in text.splitlines():
        columns = line.strip().split("\t")
        if len(columns) == _NUM_COLUMNS:
            word, mean, _, ratings = columns
            lexicon[word] = Rating(float(mean), tuple(ast.literal_eval(ratings)))
    return types.MappingProxyType(lexicon)
