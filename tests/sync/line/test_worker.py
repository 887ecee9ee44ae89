"""When the site above is called."""

import time

from services.sync.exchange.parent_worker import CallPlan, ParentWorker
from services.sync.exchange.site_exchange import SiteExchange
from tests.sync.line.sites import CallingSite, serve_site

PLAN = CallPlan(every=600, pause=20)


def test_at_once_after_something_new_but_not_too_often() -> None:
    called = PLAN.succeed(1000)
    assert PLAN.due(is_new=False) < 0, "at the start"
    assert called.due(is_new=True) == 1020
    assert called.due(is_new=False) == 1600


def test_pauses_grow_while_the_line_is_down_and_end_with_it() -> None:
    plan, pauses = PLAN, []
    for _ in range(8):
        plan = plan.fail(1000, 0)
        pauses.append(plan.due(is_new=True) - 1000)
    assert pauses == [20, 40, 80, 160, 320, 600, 600, 600]
    assert plan.succeed(2000).due(is_new=True) == 2020
    assert PLAN.fail(1000, 900).due(is_new=True) == 1900, "who asks for a longer pause gets it"
    assert CallPlan(every=600, pause=0).fail(0, 0).due(is_new=True) >= 1, "never without any pause"


def test_a_call_after_each_news_and_none_without(px: CallingSite, huyen: CallingSite) -> None:
    """What a call itself brought or stored is no news."""
    with serve_site(huyen) as line:
        exchange = SiteExchange(px.replica)
        worker = ParentWorker(exchange, lambda parent: line.address, CallPlan(every=600, pause=0))
        try:
            for number, person in enumerate(("an", "binh", "chi"), start=1):
                px.register(person)
                until = time.monotonic() + 30
                while len(huyen.persons()) < number:
                    assert time.monotonic() < until
                    time.sleep(0.02)
            time.sleep(0.5)
            calls = line.connections
            time.sleep(0.8)
            assert line.connections == calls
            assert calls <= 8
        finally:
            worker.close()
            exchange.close()


def test_the_end_does_not_wait_for_a_line_on_which_nothing_comes(px: CallingSite, huyen: CallingSite) -> None:
    with serve_site(huyen) as line:
        line.weather.rate = 10.0
        px.register("an")
        exchange = SiteExchange(px.replica)
        worker = ParentWorker(exchange, lambda parent: line.address, PLAN)
        until = time.monotonic() + 30
        while not line.connections:
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.3)
        began = time.monotonic()
        worker.close()
        exchange.close()
        assert time.monotonic() - began < 4
    assert px.status().lines == [], "it is not the line that failed"
