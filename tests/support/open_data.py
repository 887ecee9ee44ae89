"""The open data of tests/data. `python -m tests.support.open_data FOLDER NAME` packs a set, always to the same tar."""

import io
import lzma
import sys
import tarfile
from pathlib import Path

ARCHIVES = Path(__file__).parents[1] / "data"
SETS = sorted(archive.parent.name for archive in ARCHIVES.glob("*/data.tar.xz"))


def unpack(folder: Path) -> None:
    """Write the files of every set under `folder/<set>/`."""
    for name in SETS:
        with tarfile.open(ARCHIVES / name / "data.tar.xz") as archive:
            for member in archive:
                content = archive.extractfile(member)
                assert content is not None, f"{member.name} is not a plain file"
                file = folder / member.name
                assert file.resolve().is_relative_to((folder / name).resolve()), member.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())


def pack(folder: Path) -> bytes:
    """A tar of all files of the folder, under the folder's name: sorted, without owners and times."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content = file.read_bytes()
            member = tarfile.TarInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), ARCHIVES / sys.argv[2] / "data.tar.xz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(lzma.compress(pack(source), preset=9 | lzma.PRESET_EXTREME))
