"""Values that are made when they are first needed."""

import asyncio

import pytest

from app.transport.deferred import Deferred


class Maker:
    """Makes a new number for each call; fails as often as told."""

    def __init__(self, failures=0):
        self.calls, self.failures = 0, failures
        self.may_finish = asyncio.Event()

    async def __call__(self):
        self.calls += 1
        await self.may_finish.wait()
        if self.calls <= self.failures:
            raise LookupError(self.calls)
        return self.calls


def test_all_who_wait_get_the_one_value_even_if_the_first_gives_up():
    async def scenario():
        maker = Maker()
        deferred = Deferred(maker)
        first, *others = [asyncio.create_task(deferred.get()) for _ in range(4)]
        await asyncio.sleep(0)
        first.cancel()
        maker.may_finish.set()
        assert await asyncio.gather(*others) == [1, 1, 1]
        assert (await deferred.get(), maker.calls, deferred.is_made) == (1, 1, True)

    asyncio.run(scenario())


def test_an_error_goes_to_all_who_wait_and_the_next_tries_again():
    async def scenario():
        maker = Maker(failures=1)
        deferred = Deferred(maker)
        waiting = [asyncio.create_task(deferred.get()) for _ in range(3)]
        await asyncio.sleep(0)
        maker.may_finish.set()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LookupError] * 3
        assert (maker.calls, deferred.has_failed, deferred.is_made) == (1, True, False)
        assert await deferred.get() == 2
        assert not deferred.has_failed

    asyncio.run(scenario())


def test_an_error_is_not_kept():
    async def scenario():
        maker = Maker(failures=2)
        maker.may_finish.set()
        deferred = Deferred(maker)
        for _ in range(2):
            with pytest.raises(LookupError):
                await deferred.get()
        assert await deferred.get() == 3

    asyncio.run(scenario())
