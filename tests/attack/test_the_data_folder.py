"""Another user of the machine neither reads the data folder nor makes the sidecar write elsewhere."""

from pathlib import Path

import pytest

from support.world import World, small_home


async def test_what_others_could_read_is_theirs_no_longer_after_a_start(world: World) -> None:
    async with small_home(world.home) as home:
        secrets = [home.data, home.data / "token", home.data / "nats" / "secrets"]
        await home.sidecar.process.stop()
        for path in secrets:
            path.chmod(0o777)
        await home.sidecar.start()
        assert [oct(path.stat().st_mode & 0o777) for path in secrets] == ["0o700", "0o600", "0o600"]


async def test_a_link_in_the_place_of_a_file_is_not_followed(world: World, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("somebody else's", encoding="utf-8")
    async with small_home(world.home) as home:
        await home.sidecar.process.stop()
        for name in ("lock", "token"):
            file = home.data / name
            before = file.read_bytes()
            file.unlink()
            file.symlink_to(precious)
            with pytest.raises(RuntimeError, match="symbolic link"):
                await home.sidecar.start()
            assert precious.read_text(encoding="utf-8") == "somebody else's"
            file.unlink()
            file.write_bytes(before)
            file.chmod(0o600)
