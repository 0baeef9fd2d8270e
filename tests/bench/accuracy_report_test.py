"""The table of the benchmark of accuracy, and when its bars are missed."""

from accuracy_report import COLUMNS, add_bars, add_rows
from report import Report
from results import Result

RIVALS = ("PatchCore", "PaDiM")


def result(data_set, method, auroc, false_alarms=0.0, good=50, views=(), pro=0.75):
    return Result(data_set, method, auroc, 0.9, pro, 0.5, false_alarms, good, 40.0, dict(views))


def missed(*results):
    by_set = {}
    for one in results:
        by_set.setdefault(one.data_set, []).append(one)
    report = Report("accuracy", "", COLUMNS)
    add_bars(report, by_set, RIVALS)
    return [what for ok, what, *_ in report.bars if not ok], len(report.bars)


def test_a_set_on_which_a_rival_is_ahead_is_missed():
    assert missed(result("screw", "fused", 0.8), result("screw", "PatchCore", 0.81), result("screw", "PaDiM", 0.8)) == (
        ["screw: image AUROC of fused less that of PatchCore"], 3)


def test_a_set_on_which_a_view_alone_is_better_by_more_than_a_hundredth_is_missed():
    near = result("screw", "fused", 0.8, views={"residual": 0.6, "appearance": 0.809})
    far = result("cookie", "fused", 0.8, views={"residual": 0.811, "appearance": 0.6})
    assert missed(near, far) == (["cookie: image AUROC of fused less that of its better view, residual"], 3)


def test_false_alarms_count_over_all_sets_together():
    few = result("screw", "fused", 0.8, false_alarms=0.1, good=20)
    many = result("cookie", "fused", 0.8, false_alarms=0.01, good=100)
    assert missed(few, many) == ([], 1)
    assert missed(few) == (["fused: false alarms at the 1 % threshold, of 20 good pictures of all sets"], 1)


def test_without_fused_there_are_no_bars():
    assert missed(result("screw", "sum", 0.8), result("screw", "PatchCore", 0.9)) == ([], 0)


def test_rows_are_followed_by_means_and_differences():
    report = Report("accuracy", "", COLUMNS)
    by_set = {"a": [result("a", "fused", 0.9), result("a", "PaDiM", 0.8)],
              "b": [result("b", "fused", 0.8, pro=None), result("b", "PaDiM", 0.6, pro=0.25)]}
    means = add_rows(report, by_set, ["fused", "PaDiM"])
    assert report.rows[2] == ["b", "fused", "0.800", "0.900", "-", "50.0 %", "0.0 %", "40"]
    assert report.rows[4:] == [["mean of 2", "fused", "0.850", "0.900", "0.750", "50.0 %", "0.0 %", "40"],
                               ["mean of 2", "PaDiM", "0.700", "0.900", "0.500", "50.0 %", "0.0 %", "40"],
                               ["mean of 2", "fused less PaDiM", "+0.150", "+0.000", "+0.250", "+0.0 %", "+0.0 %", "+0"]]
    assert means["fused"]["pro"] == 0.75
