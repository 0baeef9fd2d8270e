"""mlfsc-report: the page, its figures and its sentences."""

from __future__ import annotations

import base64
import copy
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import auc, roc_auc_score

from clients.python.sample_evaluation import sample_evaluation
from core.image.inputs.rows import all_rows
from core.image.inputs.table import Read, Row
from mlfsc.report import cli, figures, pictures, words
from mlfsc.report.evaluation import CategoryEvaluation, NotAnEvaluation, read


def written(folder: Path, data: Any) -> Path:
    path = folder / "eval.json"
    path.write_text(json.dumps(data))
    return path


def category(folder: Path, data: dict[str, Any]) -> CategoryEvaluation:
    return read(written(folder, data)).categories[0]


def page(folder: Path, data: Any, *flags: str) -> str:
    assert cli.main([str(written(folder, data)), *flags]) == 0
    return (folder / "eval.html").read_text()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """An evaluation with misses, and its page."""
    folder = tmp_path_factory.mktemp("report")
    data = sample_evaluation(folder, layers=3)
    return data, page(folder, data)


def test_the_page_holds_everything_itself(usual: tuple[dict[str, Any], str]) -> None:
    data, html = usual
    assert all(link.startswith(("data:image/", "#")) for link in re.findall(r'(?:src|href)="([^"]*)"', html))
    assert not re.search(r"url\((?!#)", html) and "@import" not in html and "<script" not in html
    misses = [p for p in data["categories"][0]["pictures"] if p["kind"] != "good" and p["raw_score"] <= 10]
    shown = min(6, len(misses))
    assert shown > 0 and html.count("marked defect</figcaption>") == shown
    # Worst first.
    worst = min(misses, key=lambda p: p["raw_score"])
    assert html.index(worst["picture"]) == min(html.index(p["picture"]) for p in misses if p["picture"] in html)


def test_no_table_is_wider_than_a_phone_but_by_itself(usual: tuple[dict[str, Any], str]) -> None:
    _, html = usual
    assert html.count("<table>") == html.count('<div class="scroll"><table>') > 0


def test_its_headline_figures_have_their_intervals(usual: tuple[dict[str, Any], str]) -> None:
    data, html = usual
    assert f"{data['categories'][0]['image_auroc']:.3f}" in html and "0.810 to 0.930" in html
    assert "70.0 to 90.0 %" in html
    # What was not measured has no tile.
    assert "Pixel AUROC</div>" in html and "PRO (to 30 %)</div>" not in html


def test_figures_take_the_pages_colours_and_share_no_ids(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    second = copy.deepcopy(data["categories"][0])
    second["category"] = "felt"
    data["categories"].append(second)
    html = page(tmp_path, data)
    assert html.count("<svg ") == 4
    assert "Histogram and ROC curve of each layer" in page(tmp_path, sample_evaluation(tmp_path, layers=2))
    assert "#0102" not in html and "var(--bad)" in html
    clips = [set(re.findall(r'<clipPath id="([^"]+)"', svg)) for svg in html.split("<svg ")[1:]]
    assert all(clips) and sum(map(len, clips)) == len(set().union(*clips))
    assert "All categories" in html


def test_the_views_of_a_fused_score_stand_side_by_side(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    assert "View by view" not in page(tmp_path, data), "the score has none"
    data["categories"][0]["views"] = [
        {"view": name, "image_auroc": auroc, "average_precision": 0.9, "kinds": [{"kind": "hole", "image_auroc": auroc}]}
        for name, auroc in (("appearance", 0.912), ("residual", 0.734))
    ]
    text = page(tmp_path, data)
    assert text.index("what it looks like</td>") < text.index("0.912") < text.index("how it is built</td>") < text.index("0.734")


def test_the_curve_has_the_area_that_is_printed() -> None:
    random = np.random.default_rng(1)
    good, bad = random.normal(0, 1, 50).round(1), random.normal(1, 1, 40).round(1)
    x, y = figures.roc_points(good, bad)
    labels = np.concatenate([np.zeros(50), np.ones(40)])
    assert auc(x, y) == pytest.approx(roc_auc_score(labels, np.concatenate([good, bad])), abs=1e-12)


def test_a_layers_best_limit_is_the_best_of_all() -> None:
    random = np.random.default_rng(2)
    good, bad = random.normal(0, 1, 30).round(1), random.normal(1, 1, 20).round(1)

    def worth(limit: float) -> float:
        return float((good <= limit).mean() + (bad > limit).mean())

    limit = figures.best_limit(good, bad)
    assert worth(limit) == max(worth(candidate) for candidate in np.concatenate([good, bad]))


def test_findings_say_what_was_found_and_what_to_do(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path, separation=2.5)
    found = category(tmp_path, data)
    said = list(words.findings(found))
    missed = found.defects.pictures - found.defects.flagged
    assert said[0] == f"{found.defects.flagged} of 20 defective pictures found, {missed} missed, at the calibrated threshold."
    assert any("A lower threshold (8.5 instead of 10)" in sentence for sentence in said)
    assert any(sentence.startswith("Hardest is ") for sentence in said)
    assert not any("differ from those that were learnt" in sentence for sentence in said)

    data["categories"][0]["good"] = {"pictures": 30, "flagged": 9, "review": 5, "nok": 4}
    assert any("differ from those that were learnt" in sentence for sentence in words.findings(category(tmp_path, data)))


def test_a_perfect_run_says_so_and_shows_the_nearest(tmp_path: Path) -> None:
    html = page(tmp_path, sample_evaluation(tmp_path, separation=9.0))
    assert "All 20 defective pictures found" in html
    assert "every defective picture was flagged" in html and html.count("marked defect</figcaption>") == 3


def test_the_papers_figures_stand_beside_ours(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path, category="carpet")
    data["paper"] = [
        {"category": "carpet", "method": "mlf_sc", "r1": 1.0, "r2": 0.98, "auroc": 0.99},
        {"category": "carpet", "method": "anogan", "r1": 0.82, "r2": 0.16, "auroc": None},
        {"category": "wood", "method": "mlf_sc", "r1": 0.95, "r2": 0.977, "auroc": 0.99},
    ]
    data["categories"][0]["baseline"] = sample_evaluation(tmp_path, separation=1.0, layers=1)["categories"][0]
    html = page(tmp_path, data)
    assert "MLF-SC, published" in html and "AnoGAN, published" in html and "sparse coding of pixels, this run" in html
    assert "pixels baseline" in html


def test_files_that_are_gone_are_named_and_the_page_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = sample_evaluation(tmp_path)
    for one in data["categories"][0]["pictures"]:
        one["heatmap"] = None
        one["shown_mask"] = None if one["mask"] is None else "gone/" + one["mask"]
    html = page(tmp_path, data)
    assert "the file cannot be shown" in html and "evaluated without --heatmaps" in html
    assert f"{tmp_path}/gone/mask/" in capsys.readouterr().err


def test_names_are_text_not_markup(tmp_path: Path) -> None:
    html = page(tmp_path, sample_evaluation(tmp_path, category="<script>alert(1)</script>"))
    assert "<script" not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "is not JSON"),
        ("[]", "schema None"),
        ('{"schema": "mlfsc-evaluation/9"}', "mlfsc-evaluation/9"),
        ('{"schema": "mlfsc-evaluation/1"}', "no field 'program_version'"),
    ],
)
def test_what_is_no_evaluation_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    (tmp_path / "eval.json").write_text(text)
    assert cli.main([str(tmp_path / "eval.json")]) == 1
    assert why in capsys.readouterr().err
    assert not (tmp_path / "eval.html").exists()


def test_a_field_of_the_wrong_kind_is_refused(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    data["categories"][0]["image_auroc"] = "high"
    with pytest.raises(NotAnEvaluation, match="'high' is no number"):
        read(written(tmp_path, data))


def test_the_output_and_the_number_of_examples_are_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, sample_evaluation(tmp_path))
    assert cli.main([str(path), "-o", str(tmp_path / "page.html"), "--examples", "2", "--title", "Line 4"]) == 0
    html = (tmp_path / "page.html").read_text()
    assert html.count("marked defect</figcaption>") == 2 and "<h1>Line 4</h1>" in html


#: What everybody has.
SHOWN = {"PNG_grey_8_bits", "PNG_RGB_8_bits", "JPEG_grey_baseline", "JPEG_YCbCr_4_2_0_progressive", "JPEG_EXIF_orientation", "BMP_24_bits_by_Pillow"}


@pytest.mark.parametrize(
    "row",
    [row for row in all_rows() if isinstance(row.expect, Read)],
    ids=lambda row: row.id,
)
@pytest.mark.filterwarnings("ignore:Palette images with Transparency")
def test_without_heatmaps_no_picture_is_shown_otherwise_than_it_was_seen(tmp_path: Path, row: Row) -> None:
    path = tmp_path / "picture"
    path.write_bytes(row.make())
    assert isinstance(row.expect, Read)
    try:
        shown = pictures.read(path)
    except (OSError, ValueError):
        shown = None
    if shown is None:
        assert row.id not in SHOWN
        return
    want = row.expect.rgb() * (255 / row.expect.white_value())
    got = np.asarray(shown.convert("RGB"))
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= max(1, row.expect.tolerance * 255 / row.expect.white_value())


def shown_pictures(html: str) -> list[Image.Image]:
    """In the page, beside their heatmaps."""
    sources = re.findall(r'src="data:image/\w+;base64,([^"]+)" alt="picture"', html)
    return [Image.open(io.BytesIO(base64.b64decode(source))) for source in sources]


def test_the_picture_is_shown_as_it_was_seen(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    ramp = np.tile(np.arange(32, dtype=np.uint8) * 8, (24, 1))
    for one in data["categories"][0]["pictures"]:
        (tmp_path / one["picture"]).write_bytes(b"what only the server reads")
        Image.fromarray(ramp).save(tmp_path / one["shown_picture"])
    shown = shown_pictures(page(tmp_path, data))
    assert shown
    for picture in shown:
        # JPEG's rounding.
        assert np.abs(np.asarray(picture.convert("L")).astype(int) - ramp).max() <= 6


def test_without_heatmaps_the_page_says_how_to_see_the_picture(tmp_path: Path) -> None:
    data = sample_evaluation(tmp_path)
    for one in data["categories"][0]["pictures"]:
        (tmp_path / one["picture"]).write_bytes(b"what only the server reads")
        one["heatmap"] = one["shown_picture"] = one["shown_mask"] = None
    html = page(tmp_path, data)
    assert "evaluated without --heatmaps" in html and not shown_pictures(html)
