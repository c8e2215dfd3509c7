from pathlib import Path

import pytest

from campaignd.settings import Settings, SettingsInvalid
from campaignd.wiring.storage import NoDatabase, database_url, open_storage, open_stored


def test_the_database_is_in_the_state_folder_unless_a_setting_says_where() -> None:
    environment = {"STATE_DIRECTORY": "/var/lib/campaignd:/elsewhere"}
    default = database_url(Settings(database_url=None), environment)
    assert default == "sqlite:////var/lib/campaignd/campaignd.db"
    assert database_url(Settings(database_url="sqlite:///x.db"), environment) == "sqlite:///x.db"


@pytest.mark.parametrize("url", ["", "x.db", "sqlite://", "sqlite:///:memory:", "oracle://db/x"])
def test_what_is_no_file_of_sqlite_is_a_mistake_in_the_settings(url: str) -> None:
    settings = Settings(database_url=url or " ")
    with pytest.raises(SettingsInvalid, match=r"CAMPAIGND_DATABASE_URL.*sqlite:////path"):
        database_url(settings, {})


async def test_an_open_storage_is_alive_as_its_owner_and_keeps_its_installation(
    tmp_path: Path,
) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/campaignd.db")
    async with open_storage(settings, {}) as first, open_storage(settings, {}) as second:
        assert first.locks is not None
        assert first.locks.is_alive(second.owner)
        assert first.installation == second.installation
    assert not first.locks.is_alive(second.owner)


async def test_an_owner_is_alive_by_whatever_name_the_database_is_called(tmp_path: Path) -> None:
    real = Settings(database_url=f"sqlite:///{tmp_path}/campaignd.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "campaignd.db")
    linked = Settings(database_url=f"sqlite:///{tmp_path}/link.db")
    async with open_storage(real, {}) as first, open_storage(linked, {}) as second:
        assert second.locks is not None
        assert second.locks.is_alive(first.owner)
        assert first.installation == second.installation


async def test_looking_back_makes_no_database(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/campaignd.db")
    with pytest.raises(NoDatabase, match=f"there is no database {tmp_path}/campaignd.db: "):
        async with open_stored(settings, {}):
            pytest.fail("opened a database that is not there")
    async with open_storage(settings, {}) as made, open_stored(settings, {}) as stored:
        assert made.installation == stored.installation
