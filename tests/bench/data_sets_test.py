"""Data sets are found and listed as `mlfsc eval` does it."""

import pytest
from data_sets import find_sets


def make_set(folder, train=2, kinds=("scratch",), masks=True):
    names = [f"train/good/{i}.png" for i in range(train)] + ["test/good/0.png"]
    for kind in kinds:
        names += [f"test/{kind}/0.png", f"test/{kind}/1.JPG"]
        if masks:
            names += [f"ground_truth/{kind}/0_mask.png", f"ground_truth/{kind}/1.png"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_folder_that_is_a_set_is_that_set(tmp_path):
    found = find_sets([make_set(tmp_path / "screw")])
    assert [one.name for one in found] == ["screw"]
    assert [path.name for path in found[0].train] == ["0.png", "1.png"]
    assert [(one.kind, one.path.name, one.mask and one.mask.name) for one in found[0].test] == [
        ("good", "0.png", None), ("scratch", "0.png", "0_mask.png"), ("scratch", "1.JPG", "1.png")]
    assert found[0].has_masks


def test_sets_are_found_at_any_depth_and_once(tmp_path):
    for name in ("b", "a", "deep/down/c", ".hidden/d"):
        make_set(tmp_path / name)
    assert [one.name for one in find_sets([tmp_path, tmp_path / "a"])] == ["a", "b", "c"]


def test_links_in_a_circle_end(tmp_path):
    make_set(tmp_path / "a")
    (tmp_path / "again").symlink_to(tmp_path)
    assert [one.name for one in find_sets([tmp_path])] == ["a"]


def test_sets_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for name in ("x/screw", "y/screw", "y/cookie"):
        make_set(tmp_path / name)
    assert [one.name for one in find_sets([tmp_path])] == ["x/screw", "cookie", "y/screw"]


def test_masks_are_optional(tmp_path):
    found = find_sets([make_set(tmp_path / "a", masks=False)])
    assert not found[0].has_masks


@pytest.mark.parametrize(("arguments", "message"), [
    ({"train": 1}, "1 pictures in train/good; two is the least"),
    ({"kinds": ()}, "no kind of defect beside test/good"),
])
def test_a_set_that_cannot_be_measured_is_named(tmp_path, arguments, message):
    make_set(tmp_path / "a", **arguments)
    with pytest.raises(ValueError, match=f"{tmp_path}/a: {message}"):
        find_sets([tmp_path])


def test_no_set_at_all_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="no folder at or below it has the MVTec AD layout"):
        find_sets([tmp_path])
    with pytest.raises(ValueError, match="nowhere: no such folder"):
        find_sets([tmp_path / "nowhere"])
