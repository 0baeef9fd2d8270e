"""The table and the bars of the benchmark of accuracy."""
from results import MEASURES, mean_of

COLUMNS = ["set", "method", "image AUROC", "pixel AUROC", "PRO", "found at 1 %", "false alarms at 1 %", "ms a picture"]
# The method that the bars are about.
CHAMPION = "fused"


def share(value, sign=""):
    return "-" if value is None else f"{value:{sign}.3f}"


def percent(value, sign=""):
    return "-" if value is None else f"{100 * value:{sign}.1f} %"


def cells(figures, sign=""):
    """Of {measure: value or None}, in the order of the table's columns."""
    return [*(share(figures[measure], sign) for measure in ("image_auroc", "pixel_auroc", "pro")),
            *(percent(figures[measure], sign) for measure in ("found", "false_alarms")), f"{figures['milliseconds']:{sign}.0f}"]


def differences(figures, others):
    return {measure: None if None in (value, others[measure]) else value - others[measure] for measure, value in figures.items()}


def add_rows(report, by_set, methods):
    """by_set: {name: results}. Returns {method: {measure: mean over the sets}}."""
    for results in by_set.values():
        for result in results:
            report.row(result.data_set, result.method, *cells({measure: getattr(result, measure) for measure in MEASURES}))
    means = {method: mean_of([result for results in by_set.values() for result in results if result.method == method]) for method in methods}
    for method, figures in means.items():
        report.row(f"mean of {len(by_set)}", method, *cells(figures))
    champion = means.get(CHAMPION)
    if champion:
        for method in methods:
            if method != CHAMPION:
                report.row(f"mean of {len(by_set)}", f"{CHAMPION} less {method}", *cells(differences(champion, means[method]), "+"))
    return means


def add_bars(report, by_set, rivals):
    """None where the champion was not measured."""
    good = alarms = 0
    for name, results in by_set.items():
        of = {result.method: result for result in results}
        if CHAMPION not in of:
            return
        champion = of[CHAMPION]
        good += champion.good_pictures
        alarms += champion.false_alarms * champion.good_pictures
        for rival in rivals:
            if rival in of:
                report.at_least(f"{name}: image AUROC of {CHAMPION} less that of {rival}", 0, champion.image_auroc - of[rival].image_auroc)
        if champion.views:
            best = max(champion.views, key=champion.views.get)
            report.at_least(f"{name}: image AUROC of {CHAMPION} less that of its better view, {best}", -0.01,
                            champion.image_auroc - champion.views[best])
    report.at_most(f"{CHAMPION}: false alarms at the 1 % threshold, of {good} good pictures of all sets", 3, 100 * alarms / good, " %")
