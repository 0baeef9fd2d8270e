"""Some of everything that a server counts."""

from __future__ import annotations

from pathlib import Path

from deploy.monitored_server import MonitoredServer
from deploy.prometheus import Prometheus

# The rule for a category's middle score wants 50 an hour.
SCORED = 60
UNKNOWN_CATEGORY = "never-learnt"
NEVER_ACTIVATED = "never-activated"
DEACTIVATED = "deactivated"


class Traffic:
    def __init__(self, server: MonitoredServer, prometheus: Prometheus, folder: Path) -> None:
        self._server, self._prometheus, self._folder = server, prometheus, folder
        # Pictures that got a verdict, by Score and by Heatmap.
        self.scored = 0
        self.drawn = 0
        self.trained = 0

    def make(self) -> None:
        """Prometheus sees each series before what is counted in it: a rate is a difference of two scrapes."""
        pictures = self._folder / "cloth"
        self._server.run("generate", pictures, "--train=8", "--test-good=1", "--test-defective=1", "--size=128")
        self._train(pictures)
        good = next((pictures / "test/good").iterdir())
        self._score(good)
        self._heatmap(good)
        self._score(good, category=UNKNOWN_CATEGORY)
        for category in (NEVER_ACTIVATED, DEACTIVATED):
            keep = ["--keep-active"] if category == NEVER_ACTIVATED else []
            self._server.run("train", category, pictures, "--input-size=128", "--source=pixels", "--epochs=1", *keep)
            self.trained += 1
        self._wait_until_read()
        self._prometheus.wait_for(lambda: self._is_active(DEACTIVATED), "the version that was activated")
        self._server.deactivate(DEACTIVATED)
        self._prometheus.wait_for(lambda: not self._is_active(DEACTIVATED), "the end of the version that was active")

        crowd = self._folder / "crowd"
        crowd.mkdir()
        for i in range(SCORED):
            (crowd / f"{i}.png").symlink_to(good)
        self._server.run("score", "cloth", crowd, "--jobs=8")
        self.scored += SCORED
        self._heatmap(good)
        self._score(good, category=UNKNOWN_CATEGORY)
        self._train(pictures)
        self._wait_until_read()
        self._prometheus.wait_for(
            lambda: bool(self._prometheus.query("category:mlfsc_score:drift1h")), "the rules' answer to the traffic"
        )

    def _is_active(self, category: str) -> bool:
        return bool(self._prometheus.query(f'mlfsc_bundle_info{{category="{category}"}}'))

    def _train(self, pictures: Path) -> None:
        self._server.run("train", "cloth", pictures, "--input-size=128", "--epochs=1")
        self.trained += 1

    def _score(self, picture: Path, category: str = "cloth") -> None:
        known = category == "cloth"
        self._server.run("score", category, picture, check=known)
        self.scored += known

    def _heatmap(self, picture: Path) -> None:
        self._server.run("heatmap", "cloth", picture, f"--out={self._folder}/maps")
        self.drawn += 1

    def _wait_until_read(self) -> None:
        for counter, count in {
            "sum(mlfsc_verdicts_total)": self.scored + self.drawn,
            'mlfsc_trainings_total{code="OK"}': self.trained,
        }.items():
            self._prometheus.wait_for(
                lambda: self._prometheus.value(counter) == count,
                f"{counter} of {count}",
            )
