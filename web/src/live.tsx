// What the server sees now: traffic, verdicts, and whether the scores drift.
import { useState } from "preact/hooks";
import * as calls from "./calls";
import { driftOf, usualBand, type Drift } from "./drift";
import { versionOf } from "./evaluated_set";
import { count, formatShare, formatTime } from "./formats";
import { Notice } from "./parts";
import { usePolling } from "./tasks";
import type { Calibration, Category, CategoryStatistics, Statistics, TrafficMinute } from "./wire";

const POLL_MILLISECONDS = 2000;

export function LiveView({ category }: { category: Category }) {
  const [statistics, setStatistics] = useState<Statistics>();
  const [error, setError] = useState("");
  usePolling(async () => {
    try {
      setStatistics(await calls.getStatistics());
      setError("");
    } catch (problem) {
      setError((problem as Error).message);
    }
  }, () => POLL_MILLISECONDS, []);

  if (!statistics) return error ? <Notice kind="error">{error}</Notice> : <p class="muted">Looking…</p>;
  const mine = statistics.categories.find((c) => c.category === category.category);
  const calibration = versionOf(category, category.active_version)?.calibration;
  return (
    <div class="stack">
      {error && <Notice kind="error">{error}</Notice>}
      {mine ? <Traffic statistics={mine} calibration={calibration} since={statistics.start_time} />
        : <p class="muted lead">No picture of {category.category} has been scored since the server began on {formatTime(statistics.start_time)}.</p>}
      <section>
        <h3>The server</h3>
        <p class="muted">
          {statistics.queues.map((q) => `${q.stage}: ${q.waiting} of ${q.capacity} waiting`).join(" · ")}
          {statistics.queues.length > 0 && " · "}{count(statistics.trainings, "training")} running
        </p>
        <p class="muted">Pictures that are tried on this page count as traffic, too.</p>
      </section>
    </div>
  );
}

interface TrafficProps {
  statistics: CategoryStatistics;
  calibration?: Calibration;
  since: string;
}

function Traffic({ statistics, calibration, since }: TrafficProps) {
  const { ok, review, nok, minutes } = statistics;
  const total = ok + review + nok;
  const hour = minutes.reduce((sum, m) => ({ pictures: sum.pictures + m.pictures, flagged: sum.flagged + m.flagged }),
    { pictures: 0, flagged: 0 });
  const drift = calibration && driftOf(minutes, calibration);
  return (
    <>
      {drift && <DriftNotice drift={drift} />}
      <div class="tiles">
        <div class="tile"><span class="tile-words">Last hour</span><strong class="tile-number" data-testid="hour-pictures">{hour.pictures}</strong>
          <span class="muted">pictures, {hour.pictures > 0 ? formatShare(hour.flagged / hour.pictures) : "none"} flagged</span></div>
        <div class="tile"><span class="tile-words">Since the server began</span><strong class="tile-number">{total}</strong>
          <span class="muted">{formatTime(since)}</span></div>
        <div class="tile wide-tile"><span class="tile-words">Verdicts</span>
          <VerdictBar ok={ok} review={review} nok={nok} />
          <span class="muted">{ok} OK · {review} review · {nok} not OK</span></div>
      </div>
      <div class="charts">
        <figure class="card">
          <figcaption>Mean score, minute by minute</figcaption>
          <DriftChart minutes={minutes} calibration={calibration} />
          <p class="muted">
            0.5 is the threshold. The band is where two thirds of the good pictures lay at calibration. A line that leaves it
            while the product is good: check light, focus and position first; if the change is meant to stay, train again.
          </p>
        </figure>
        <figure class="card">
          <figcaption>Pictures a minute, flagged ones on top</figcaption>
          <TrafficChart minutes={minutes} />
        </figure>
        <figure class="card">
          <figcaption>All scores since the server began</figcaption>
          <Histogram bins={statistics.score_histogram} />
        </figure>
      </div>
    </>
  );
}

function DriftNotice({ drift }: { drift: Drift }) {
  switch (drift.verdict) {
    case "few":
      return <Notice kind="hint">{count(drift.pictures, "picture")} of late: too few to say whether the scores drift.</Notice>;
    case "usual":
      return <Notice kind="good">The scores are where they were at calibration (mean {drift.mean.toFixed(2)}).</Notice>;
    case "above":
      return <Notice kind="error">The scores lie above their usual band (mean {drift.mean.toFixed(2)}): many defects, or the light, the
        focus or the material has changed.</Notice>;
    case "below":
      return <Notice kind="hint">The scores lie below their usual band (mean {drift.mean.toFixed(2)}): pictures plainer than those it
        learnt from, such as an empty or dark view.</Notice>;
  }
}

function VerdictBar({ ok, review, nok }: { ok: number; review: number; nok: number }) {
  const total = Math.max(1, ok + review + nok);
  const part = (number: number) => ({ width: `${(100 * number) / total}%` });
  return (
    <div class="verdict-bar" role="img" aria-label={`${ok} OK, ${review} review, ${nok} not OK`}>
      <span class="ok" style={part(ok)} /><span class="review" style={part(review)} /><span class="nok" style={part(nok)} />
    </div>
  );
}

const WIDTH = 600, HEIGHT = 150, LEFT = 34, BOTTOM = 20, TOP = 6;
const MINUTES = 60;

// Where a minute lies: the last hour from left to right.
function minuteX(minute: TrafficMinute, now: number): number {
  const ago = Math.max(0, Math.floor(now / 60000) - Math.floor(Date.parse(minute.start_time) / 60000));
  return LEFT + ((WIDTH - LEFT) * (MINUTES - 0.5 - Math.min(ago, MINUTES - 1))) / MINUTES;
}

// The newest minute counts as now where the clocks of browser and server differ.
const nowFor = (minutes: TrafficMinute[]) =>
  Math.max(Date.now(), ...minutes.slice(-1).map((m) => Date.parse(m.start_time)));

function TimeAxis() {
  return (
    <>
      {[60, 45, 30, 15, 0].map((ago) => (
        <text key={ago} class="plot-text" y={HEIGHT - 5} text-anchor={ago === 0 ? "end" : ago === 60 ? "start" : "middle"}
          x={LEFT + ((WIDTH - LEFT) * (MINUTES - ago)) / MINUTES}>{ago === 0 ? "now" : `−${ago} min`}</text>
      ))}
    </>
  );
}

function DriftChart({ minutes, calibration }: { minutes: TrafficMinute[]; calibration?: Calibration }) {
  const y = (score: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - score);
  const now = nowFor(minutes);
  const band = calibration && usualBand(calibration);
  const points = minutes.map((m) => ({ x: minuteX(m, now), y: y(m.mean_normalized_score) }));
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Mean normalised score a minute over the last hour">
      {band && <rect class="plot-band" x={LEFT} width={WIDTH - LEFT} y={y(band.high)} height={Math.max(1, y(band.low) - y(band.high))} />}
      {[0, 0.5, 1].map((score) => (
        <g key={score}>
          <line class={score === 0.5 ? "plot-threshold thin" : "plot-grid"} x1={LEFT} x2={WIDTH} y1={y(score)} y2={y(score)} />
          <text class="plot-text" x={LEFT - 6} y={y(score) + 4} text-anchor="end">{score}</text>
        </g>
      ))}
      <polyline class="plot-line" points={points.map((p) => `${p.x},${p.y}`).join(" ")} />
      {points.map((p) => <circle key={p.x} class="plot-point" cx={p.x} cy={p.y} r="2.5" />)}
      <TimeAxis />
    </svg>
  );
}

function TrafficChart({ minutes }: { minutes: TrafficMinute[] }) {
  const most = Math.max(4, ...minutes.map((m) => m.pictures));
  const y = (pictures: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - pictures / most);
  const now = nowFor(minutes);
  const bar = (WIDTH - LEFT) / MINUTES - 2;
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Pictures a minute over the last hour">
      {[0, most].map((pictures) => (
        <g key={pictures}>
          <line class="plot-grid" x1={LEFT} x2={WIDTH} y1={y(pictures)} y2={y(pictures)} />
          <text class="plot-text" x={LEFT - 6} y={y(pictures) + (pictures > 0 ? 10 : 4)} text-anchor="end">{pictures}</text>
        </g>
      ))}
      {minutes.map((m) => {
        const x = minuteX(m, now) - bar / 2;
        return (
          <g key={m.start_time}>
            <rect class="bar-ok" x={x} width={bar} y={y(m.pictures - m.flagged)} height={y(0) - y(m.pictures - m.flagged)} />
            <rect class="bar-nok" x={x} width={bar} y={y(m.pictures)} height={y(m.pictures - m.flagged) - y(m.pictures)} />
          </g>
        );
      })}
      <TimeAxis />
    </svg>
  );
}

function Histogram({ bins }: { bins: number[] }) {
  const most = Math.max(1, ...bins);
  const step = (WIDTH - LEFT) / Math.max(1, bins.length);
  const y = (pictures: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - pictures / most);
  const middle = LEFT + (WIDTH - LEFT) / 2;
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Pictures by normalised score">
      <text class="plot-text" x={LEFT - 6} y={TOP + 8} text-anchor="end">{most}</text>
      <line class="plot-grid" x1={LEFT} x2={WIDTH} y1={y(0)} y2={y(0)} />
      {bins.map((pictures, index) => (
        <rect key={index} class={index < bins.length / 2 ? "bar-ok" : "bar-nok"} x={LEFT + index * step + 1} width={step - 2}
          y={y(pictures)} height={y(0) - y(pictures)}><title>{pictures}</title></rect>
      ))}
      <line class="plot-threshold thin" x1={middle} x2={middle} y1={TOP} y2={y(0)} />
      {[0, 0.5, 1].map((score) => (
        <text key={score} class="plot-text" x={LEFT + (WIDTH - LEFT) * score} y={HEIGHT - 5}
          text-anchor={score === 0 ? "start" : score === 1 ? "end" : "middle"}>{score}</text>
      ))}
    </svg>
  );
}
