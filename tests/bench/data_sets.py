"""Data sets in the layout of MVTec AD, found and listed as `mlfsc eval` does:

    train/good/000.png
    test/good/000.png
    test/scratch/000.png
    ground_truth/scratch/000_mask.png     optional
"""
import pathlib
from dataclasses import dataclass

GOOD = "good"
ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}


@dataclass(frozen=True)
class TestPicture:
    path: pathlib.Path
    kind: str
    # None for a good picture, and for a defective one that has none.
    mask: pathlib.Path | None

    # pytest takes what is called Test... for a test.
    __test__ = False

    @property
    def good(self):
        return self.kind == GOOD


@dataclass(frozen=True)
class DataSet:
    # Unique among those found together.
    name: str
    folder: pathlib.Path
    train: tuple[pathlib.Path, ...]
    # Good ones first, then kind by kind.
    test: tuple[TestPicture, ...]

    @property
    def has_masks(self):
        return any(picture.mask for picture in self.test)


def pictures_in(folder):
    """By the bytes of their names, so that the same folder gives the same order everywhere."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file()]
    return sorted(found, key=lambda path: path.name.encode())


def _folders_in(folder):
    found = [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_dir()]
    return sorted(found, key=lambda path: path.name.encode())


def _mask_of(root, kind, picture):
    for ending in ("_mask.png", ".png"):
        mask = root / "ground_truth" / kind / (picture.stem + ending)
        if mask.is_file():
            return mask
    return None


def read_set(folder, name):
    """Raises ValueError where something is missing that cannot be measured without."""
    train = pictures_in(folder / "train" / GOOD)
    if len(train) < 2:
        raise ValueError(f"{folder}: {len(train)} pictures in train/{GOOD}; two is the least that can be calibrated")
    if not (folder / "test" / GOOD).is_dir():
        raise ValueError(f"{folder}: there is no test/{GOOD}")
    kinds = [path.name for path in _folders_in(folder / "test") if path.name != GOOD]
    if not kinds:
        raise ValueError(f"{folder}: no kind of defect beside test/{GOOD}")
    test = []
    for kind in [GOOD, *kinds]:
        pictures = pictures_in(folder / "test" / kind)
        if not pictures:
            raise ValueError(f"{folder}: no pictures in test/{kind}")
        test += [TestPicture(path, kind, None if kind == GOOD else _mask_of(folder, kind, path)) for path in pictures]
    return DataSet(name, folder, tuple(train), tuple(test))


def _set_folders(folder, seen):
    real = folder.resolve()
    if real in seen:
        return
    seen.add(real)
    if (folder / "train" / GOOD).is_dir():
        yield folder
        return
    for below in _folders_in(folder):
        yield from _set_folders(below, seen)


def _names(folders):
    """Of each folder the shortest end of its path that is no other's."""
    names = {folder: folder.resolve().name for folder in folders}
    for depth in range(2, 2 + max((len(folder.resolve().parts) for folder in folders), default=0)):
        values = list(names.values())
        for folder, name in names.items():
            if values.count(name) > 1:
                names[folder] = "/".join(folder.resolve().parts[-depth:])
    return names


def find_sets(folders):
    """All sets at or below `folders`, each once. Raises ValueError where there is none, or one that cannot be measured."""
    seen, found = set(), []
    for folder in map(pathlib.Path, folders):
        if not folder.is_dir():
            raise ValueError(f"{folder}: no such folder")
        before = len(seen)
        sets = list(_set_folders(folder, seen))
        if not sets and len(seen) > before:
            raise ValueError(f"{folder}: no folder at or below it has the MVTec AD layout (a train/{GOOD})")
        found += sets
    names = _names(found)
    return [read_set(folder, names[folder]) for folder in found]
