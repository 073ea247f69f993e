"""The rated words: what the file says, and that nobody can change it by accident."""

import numpy as np
import pytest

from largemodels.lexicon import load_sentiment_lexicon


def test_a_word_has_ten_ratings_and_their_mean():
    great = load_sentiment_lexicon()["great"]
    assert great.mean == 3.1
    assert great.ratings == (2, 4, 4, 4, 3, 3, 3, 3, 2, 3)


def test_every_entry_of_the_file_is_there():
    lexicon = load_sentiment_lexicon()
    assert len(lexicon) > 7_500
    assert all(len(rating.ratings) == 10 for rating in lexicon.values())
    # One entry of the file has a mean that is not the mean of its ratings.
    off = [word for word, rating in lexicon.items() if abs(rating.mean - np.mean(rating.ratings)) > 0.051]
    assert len(off) <= 2


def test_it_holds_what_the_package_itself_uses():
    analyzer = pytest.importorskip("vaderSentiment.vaderSentiment").SentimentIntensityAnalyzer()
    lexicon = load_sentiment_lexicon()
    assert {word: rating.mean for word, rating in lexicon.items()} == analyzer.lexicon


def test_the_lexicon_is_read_only():
    with pytest.raises(TypeError):
        load_sentiment_lexicon()["great"] = 0
