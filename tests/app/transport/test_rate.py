import pytest

from app.transport.rate import MAX_BROWSERS, Limits, Rate, Rates, TooManyRequestsError

NARROW = Limits(
    browser=Rate(per_second=2, burst=3),
    everybody=Rate(per_second=10, burst=5),
    browser_sessions=Rate(per_second=0.1, burst=1),
    sessions=Rate(per_second=1, burst=2),
)

MANY = Rate(1, 10 * MAX_BROWSERS)


@pytest.fixture
def rates(clock):
    return Rates(NARROW, clock)


def refusal(rates, browser, **options):
    with pytest.raises(TooManyRequestsError) as refused:
        rates.count(browser, **options)
    return refused.value.retry_after_s


def test_a_browser_may_ask_as_often_as_its_burst_and_is_then_told_when_to_come_back(rates):
    for _ in range(3):
        rates.count("a")
    assert refusal(rates, "a") == 1


def test_whoever_waits_as_told_is_let_through(rates, clock):
    for _ in range(3):
        rates.count("a")
    clock.now += refusal(rates, "a")
    rates.count("a")
    rates.count("a")


def test_one_browser_does_not_use_up_what_another_may_ask(rates):
    for _ in range(3):
        rates.count("a")
    rates.count("b")


def test_all_browsers_together_have_a_limit_too(rates):
    for browser in "abcde":
        rates.count(browser)
    assert refusal(rates, "f") == 1


def test_an_address_has_a_limit_whatever_cookies_it_throws_away(clock):
    rates = Rates(Limits(client=Rate(per_second=1, burst=2)), clock)
    rates.count("a", client="192.0.2.1")
    rates.count("b", client="192.0.2.1")
    assert refusal(rates, "c", client="192.0.2.1") == 1
    rates.count("c", client="192.0.2.2")
    rates.count("c")


def test_new_sessions_have_limits_of_their_own(rates):
    rates.count("a", begins_session=True)
    assert refusal(rates, "a", begins_session=True) == 10
    rates.count("a")
    rates.count("b", begins_session=True)
    assert refusal(rates, "c", begins_session=True) == 1


def test_a_refused_request_takes_nothing(rates):
    rates.count("a", begins_session=True)
    for _ in range(20):
        refusal(rates, "a", begins_session=True)
    rates.count("a")
    rates.count("a")


def test_a_clock_that_goes_back_neither_gives_nor_takes(rates, clock):
    for _ in range(3):
        rates.count("a")
    clock.now -= 100
    assert refusal(rates, "a") == 1


def test_the_memory_of_browsers_is_bounded(clock):
    rates = Rates(Limits(browser=MANY, everybody=MANY), clock)
    for number in range(MAX_BROWSERS + 50):
        rates.count(str(number))
        rates.count("one", client=str(number))
    assert len(rates._browsers) == MAX_BROWSERS
    assert len(rates._clients) == MAX_BROWSERS
