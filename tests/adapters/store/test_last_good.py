"""What a folder's files last held is kept, folder by folder."""

from typing import Any

import pytest

from campaignd.adapters.store.last_good import LastGood


@pytest.fixture
def last_good(shelf: Any) -> LastGood:
    return LastGood(shelf.database)


async def test_texts_are_replaced_and_what_is_gone_is_forgotten(last_good: LastGood) -> None:
    await last_good.keep("campaigns", {"campaigns/a.yaml": "one", "campaigns/b.yaml": "two"})
    await last_good.keep("campaigns", {"campaigns/a.yaml": "new", "campaigns/c.yaml": "three"})
    expected = {"campaigns/a.yaml": "new", "campaigns/c.yaml": "three"}
    assert await last_good.read("campaigns") == expected


@pytest.mark.parametrize("other", ["campaigns-2", "%", "CAMPAIGNS"])
async def test_folders_keep_out_of_each_others_way(last_good: LastGood, other: str) -> None:
    await last_good.keep("campaigns", {"campaigns/a.yaml": "ours"})
    await last_good.keep(other, {f"{other}/a.yaml": "theirs"})
    await last_good.keep(other, {})
    assert await last_good.read("campaigns") == {"campaigns/a.yaml": "ours"}
