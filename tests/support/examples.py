"""Laws that are tried on a few random examples whenever tests run, and on all by `make test-long`."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

Law = Callable[[int], None]


def tried_on_seeds(few: int, many: int, always: tuple[int, ...] = ()) -> Callable[[Law], Law]:
    """A test of a law of a seed: on few random ones, and marked long on many. Those in `always` are tried each time."""

    def make_test(law: Law) -> Law:
        @pytest.mark.parametrize(
            "examples",
            [pytest.param(few, id="short"), pytest.param(many, id="long", marks=pytest.mark.long)],
        )
        def test(examples: int) -> None:
            tried = given(st.integers(0, 10**9))(law)
            for seed in always:
                tried = example(seed)(tried)
            settings(max_examples=examples, deadline=None)(tried)()

        test.__name__, test.__qualname__, test.__doc__ = law.__name__, law.__qualname__, law.__doc__
        test.__module__ = law.__module__
        return test

    return make_test
