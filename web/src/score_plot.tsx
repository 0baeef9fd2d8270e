// Where the scores of an evaluated set lie, and the threshold among them. Logarithmic: thresholds are set there.
import { shownName } from "./folder";
import { formatScore } from "./formats";
import type { Evaluated } from "./evaluated_set";

const WIDTH = 900;
const ROW = 84;
const LEFT = 96;
const RIGHT = 16;
const AXIS = 42;
const DOT = 4.5;

export interface ScoreRange {
  low: number;
  high: number;
}

interface Dot {
  x: number;
  level: number;
  picture: Evaluated;
}

// Dots that would overlap are stacked.
function stack(pictures: Evaluated[], x: (score: number) => number): Dot[] {
  const levels: number[] = [];
  return [...pictures].sort((a, b) => a.inspection!.raw_score - b.inspection!.raw_score).map((picture) => {
    const at = x(picture.inspection!.raw_score);
    let level = levels.findIndex((last) => at - last >= 2 * DOT);
    if (level < 0) level = levels.length;
    levels[level] = at;
    return { x: at, level, picture };
  });
}

interface Tick {
  value: number;
  // A power of ten: on a small screen only those are written, when there are some.
  power: boolean;
}

// The powers of ten in the range, and as much of what lies between as has room for its words.
function ticks({ low, high }: ScoreRange): Tick[] {
  const decades = Math.log10(high / low);
  const digits = decades <= 1.2 ? [1, 1.5, 2, 3, 5, 7] : decades <= 2.5 ? [1, 2, 5] : decades <= 4 ? [1, 3] : [1];
  const all: Tick[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power) {
    for (const digit of digits) {
      const value = digit * 10 ** power;
      if (value >= low && value <= high) all.push({ value, power: digit === 1 });
    }
  }
  return all;
}

interface Props {
  pictures: Evaluated[];
  threshold: number;
  // Of scores that a person is to look at.
  band: { low: number; high: number };
  saved: number;
  range: ScoreRange;
}

export function ScorePlot({ pictures, threshold, band, saved, range }: Props) {
  const span = Math.log(range.high / range.low);
  const x = (score: number) =>
    LEFT + (WIDTH - LEFT - RIGHT) * Math.min(1, Math.max(0, Math.log(Math.max(score, range.low) / range.low) / span));
  const rows = [
    { words: "good", good: true, top: 0 },
    { words: "defective", good: false, top: ROW },
  ];
  const height = 2 * ROW + AXIS;
  const at = x(threshold);
  const marks = ticks(range);
  const powers = marks.filter((mark) => mark.power).length;
  return (
    <svg class={`plot score-plot ${powers > 1 ? "with-powers" : ""}`} viewBox={`0 0 ${WIDTH} ${height}`} role="img"
      aria-label={`Scores of ${pictures.length} pictures on a logarithmic scale, threshold at ${formatScore(threshold)}`}>
      <rect class="plot-flagged" x={at} y="0" width={Math.max(0, WIDTH - RIGHT - at)} height={2 * ROW} />
      <rect class="plot-review" x={x(band.low)} y="0" width={x(band.high) - x(band.low)} height={2 * ROW} />
      {marks.map(({ value, power }) => (
        <g key={value}>
          <line class="plot-grid" x1={x(value)} x2={x(value)} y1="0" y2={2 * ROW} />
          <text class={`plot-text ${power ? "" : "between"}`} x={x(value)} y={2 * ROW + 18} text-anchor="middle">{formatScore(value)}</text>
        </g>
      ))}
      <text class="plot-text unit" x={(LEFT + WIDTH - RIGHT) / 2} y={2 * ROW + 36} text-anchor="middle">score</text>
      {rows.map(({ words, good, top }) => {
        const dots = stack(pictures.filter((p) => p.good === good), x);
        const tallest = Math.max(0, ...dots.map((dot) => dot.level));
        const step = Math.min(2 * DOT + 1, (ROW - 4 * DOT) / Math.max(1, tallest));
        return (
          <g key={words}>
            <line class="plot-axis" x1={LEFT} x2={WIDTH - RIGHT} y1={top + ROW} y2={top + ROW} />
            <text class="plot-label" x="4" y={top + ROW / 2 + 5}>{words}</text>
            {dots.map(({ x: dotX, level, picture }) => {
              const y = top + ROW - 2 * DOT - level * step;
              const wrong = picture.good === picture.inspection!.raw_score > threshold;
              const kind = `plot-dot ${good ? "good" : "bad"} ${wrong ? "wrong" : ""}`;
              const title = `${shownName(picture.file)}: ${formatScore(picture.inspection!.raw_score)}`;
              // A shape beside the colour.
              return good
                ? <circle key={picture.id} class={kind} cx={dotX} cy={y} r={DOT}><title>{title}</title></circle>
                : <path key={picture.id} class={kind} d={`M${dotX - DOT} ${y - DOT}h${2 * DOT}v${2 * DOT}h${-2 * DOT}z`}
                    transform={`rotate(45 ${dotX} ${y})`}><title>{title}</title></path>;
            })}
          </g>
        );
      })}
      <line class="plot-saved" x1={x(saved)} x2={x(saved)} y1="0" y2={2 * ROW} />
      <line class="plot-threshold" x1={at} x2={at} y1="0" y2={2 * ROW} />
    </svg>
  );
}
