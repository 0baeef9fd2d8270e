// Show the category pictures whose answer is known, move the threshold among their scores, save it.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as calls from "./calls";
import {
  evaluatedSet, isCurrent, keepEvaluatedSet, nextId, versionOf, type Evaluated,
} from "./evaluated_set";
import { GOOD, picturesOf, shownName, testPictures } from "./folder";
import { count, formatBytes, formatScore, formatShare } from "./formats";
import {
  expectedFalseAlarms, fewestErrors, inBand, noFalseAlarms, noMisses, outcomeAt, reviewBandAt,
} from "./operating_point";
import { Dialog, DropZone, Notice, Progress, Thumbnail } from "./parts";
import { inspect, PictureView, type Inspected } from "./picture_view";
import { ScorePlot, type ScoreRange } from "./score_plot";
import { forEachOf } from "./tasks";
import type { Category, Version } from "./wire";

const AT_ONCE = 2;
// Steps of the slider over its range, in the logarithm.
const STEPS = 1000;

interface Props {
  category: Category;
  maxBytes: number;
  onSaved: () => void;
}

export function ThresholdView({ category, maxBytes, onSaved }: Props) {
  const [set, setSet] = useState(() => evaluatedSet(category.category));
  const [threshold, setThreshold] = useState<number>();
  const [saved, setSaved] = useState<Version>();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [opened, setOpened] = useState<Evaluated>();
  const leave = useRef(new AbortController());
  const queue = useRef<Evaluated[]>([]);
  const running = useRef(false);
  useEffect(() => () => leave.current.abort(), []);
  useEffect(() => keepEvaluatedSet(category.category, set), [set]);

  const active = versionOf(category, category.active_version);
  const current = useMemo(() => set.filter((picture) => isCurrent(picture, category)), [set, category]);
  const scored = useMemo(
    () => current.map((picture) => ({ score: picture.inspection!.raw_score, good: picture.good })), [current]);
  const waiting = set.filter((picture) => !picture.inspection && !picture.error);
  const stale = set.filter((picture) => picture.inspection && !isCurrent(picture, category));
  const failed = set.filter((picture) => picture.error);

  async function work() {
    if (running.current) return;
    running.current = true;
    while (queue.current.length > 0 && !leave.current.signal.aborted) {
      await forEachOf(queue.current.splice(0), AT_ONCE, leave.current.signal, async (picture) => {
        const change: Partial<Evaluated> = {};
        try {
          if (picture.file.size > maxBytes) {
            throw new Error(`${formatBytes(picture.file.size)}; the limit is ${formatBytes(maxBytes)}`);
          }
          change.inspection = await calls.score(category.category, 0, picture.file, leave.current.signal);
        } catch (problem) {
          if (leave.current.signal.aborted) return;
          change.error = (problem as Error).message;
        }
        setSet((all) => all.map((p) => (p.id === picture.id ? { ...p, ...change } : p)));
      });
    }
    running.current = false;
  }

  // Also picks up what was left waiting when the view was left.
  useEffect(() => {
    queue.current.push(...waiting);
    void work();
  }, []);

  function add(pictures: { file: File; good: boolean; kind: string }[]) {
    const found = pictures.map((picture) => ({ ...picture, id: nextId() }));
    setSet((all) => [...all, ...found]);
    queue.current.push(...found);
    void work();
  }

  function addFolder(files: File[], good?: boolean) {
    setError("");
    const sorted = good === undefined ? testPictures(files) : [];
    if (sorted.length > 0) {
      add(sorted.map(({ file, kind }) => ({ file, kind, good: kind === GOOD })));
      return;
    }
    const plain = picturesOf(files);
    if (plain.length === 0) setError("There is no picture among these files (PNG, JPEG, BMP, TIFF).");
    else if (good === undefined) setError("No folder among these is called “good”: drop good and defective pictures on their own fields.");
    else add(plain.map(({ file, folders }) => ({ file, good, kind: good ? GOOD : folders[folders.length - 1] ?? "" })));
  }

  function scoreAgain() {
    setSet((all) => all.map((p) => (isCurrent(p, category) ? p : { ...p, inspection: undefined, error: undefined })));
    queue.current.push(...[...stale, ...failed].map((p) => ({ ...p, inspection: undefined, error: undefined })));
    void work();
  }

  async function save(value: number) {
    setBusy(true);
    setError("");
    try {
      const changed = await calls.setThreshold(category.category, active!.version, value);
      setSaved(versionOf(changed, changed.active_version));
      setThreshold(undefined);
      onSaved();
    } catch (problem) {
      setError((problem as Error).message);
    }
    setBusy(false);
  }

  if (!active) return <Notice kind="error">No version of {category.category} answers. Train it, or bring one back under Versions.</Notice>;
  const calibration = active.calibration;
  const value = threshold ?? calibration.threshold;
  const changed = value !== calibration.threshold;
  const outcome = outcomeAt(value, scored);
  const before = outcomeAt(calibration.threshold, scored);
  const band = reviewBandAt(value, calibration);
  const review = inBand(band, scored);
  const range = rangeOf(scored.map((s) => s.score), calibration.threshold, value);
  const link = `#/${encodeURIComponent(category.category)}`;
  const falseAlarms = current.filter((p) => p.good && p.inspection!.raw_score > value)
    .sort((a, b) => b.inspection!.raw_score - a.inspection!.raw_score);
  const misses = current.filter((p) => !p.good && p.inspection!.raw_score <= value)
    .sort((a, b) => a.inspection!.raw_score - b.inspection!.raw_score);
  return (
    <div class="stack">
      {error && <Notice kind="error">{error}</Notice>}
      <section>
        <h3>1. Pictures that the category has not learnt from</h3>
        <p class="muted lead">
          Some dozens of good ones show how often good product would be flagged; defective ones show what would be missed.
          If you have no defective pictures yet, good ones alone will do.
        </p>
        <div class="drops">
          <DropZone title="Good pictures" hint="A folder or files" testId="good-drop" onFiles={(files) => addFolder(files, true)} />
          <DropZone title="Defective pictures" hint="Any kinds of defect" testId="bad-drop" onFiles={(files) => addFolder(files, false)} />
          <DropZone title="Or both in one folder" hint="Its folder “good” is good, all others are kinds of defect" testId="test-drop" only="folder"
            onFiles={(files) => addFolder(files)} />
        </div>
        {waiting.length > 0 && <Progress label={`Scoring, ${waiting.length} to go`} done={set.length - waiting.length} total={set.length} />}
        {set.length > 0 && (
          <div class="row spread">
            <span data-testid="set-size">{count(set.filter((p) => p.good).length, "good picture")}, {set.filter((p) => !p.good).length} defective</span>
            <button type="button" class="quiet" onClick={() => { queue.current = []; setSet([]); }}>Clear</button>
          </div>
        )}
        {failed.length > 0 && (
          <Notice kind="error">
            {count(failed.length, "picture")} could not be scored: {shownName(failed[0]!.file)}: {failed[0]!.error}{" "}
            <button type="button" onClick={scoreAgain}>Try again</button>
          </Notice>
        )}
        {stale.length > 0 && (
          <Notice kind="hint">
            {count(stale.length, "picture")} were scored by another version. <button type="button" onClick={scoreAgain}>Score them again</button>
          </Notice>
        )}
      </section>
      {current.length > 0 && (
        <section class="card" aria-label="Threshold">
          <h3>2. Move the threshold</h3>
          <ScorePlot pictures={current} threshold={value} band={band} saved={calibration.threshold} range={range} />
          <ThresholdSlider value={value} range={range} onChange={setThreshold} />
          <p class="muted">
            Every dot is a picture; the further right, the less it looks like the good ones. Right of the line it is flagged. Within the
            grey band the verdict is “Review”: a person looks. Dots with an outline lie on the wrong side.
          </p>
          <div class="row wrap">
            <Suggestion words="As it answers now" value={calibration.threshold} onChoose={() => setThreshold(undefined)} />
            <Suggestion words="Fewest errors" value={fewestErrors(scored)} onChoose={setThreshold} />
            <Suggestion words="No misses" value={noMisses(scored)} onChoose={setThreshold} />
            <Suggestion words="No false alarms" value={noFalseAlarms(scored)} onChoose={setThreshold} />
          </div>
          <div class="tiles">
            <Tile testId="false-alarms" words="False alarms" wrong={outcome.falseAlarms} of={outcome.good} before={before.falseAlarms}
              meaning="good pictures above the threshold" />
            <Tile testId="misses" words="Misses" wrong={outcome.misses} of={outcome.defective} before={before.misses}
              meaning="defective pictures below it" />
            <div class="tile" data-testid="review">
              <span class="tile-words">For review</span>
              <strong class="tile-number">{review.good + review.defective} of {outcome.good + outcome.defective}</strong>
              <span class="muted">{review.good} good and {review.defective} defective in the grey band</span>
            </div>
            <div class="tile">
              <span class="tile-words">Expected on the line</span>
              <strong class="tile-number">{formatShare(expectedFalseAlarms(value, calibration))}</strong>
              <span class="muted">of good product flagged, judged by the {calibration.pictures} good pictures behind its calibration</span>
            </div>
          </div>
          <div class="row">
            <button type="button" class="primary" disabled={!changed || busy} data-testid="save-threshold" onClick={() => save(value)}>
              Save as a new version
            </button>
            <span class="muted">
              {changed ? `Version ${active.version} answers with ${formatScore(calibration.threshold)} until you save.`
                : `This is what version ${active.version} answers with.`}
            </span>
          </div>
          {saved?.version === active.version && !changed && (
            <Notice kind="good">
              Version {active.version} answers now, with the threshold {formatScore(calibration.threshold)}. The old one is
              kept: <a href={`${link}/versions`}>Versions</a> brings it back with one click. Next: <a href={link}>inspect pictures</a>.
            </Notice>
          )}
        </section>
      )}
      {current.length > 0 && (
        <section>
          <h3>3. Look at what it gets wrong</h3>
          <Wrong words="False alarms" pictures={falseAlarms} none="No good picture is flagged." onOpen={setOpened} />
          <Wrong words="Misses" pictures={misses}
            none={outcome.defective === 0 ? "There is no defective picture in the set." : "No defective picture is missed."} onOpen={setOpened} />
        </section>
      )}
      {opened && <PictureDialog category={category} picture={opened} wanted={changed ? value : undefined} onClose={() => setOpened(undefined)} />}
    </div>
  );
}

function rangeOf(scores: number[], ...others: number[]): ScoreRange {
  const all = [...scores, ...others].filter((score) => score > 0);
  return { low: Math.min(...all) / 1.15, high: Math.max(...all) * 1.15 };
}

function ThresholdSlider({ value, range, onChange }: { value: number; range: ScoreRange; onChange: (value: number) => void }) {
  const span = Math.log(range.high / range.low);
  const toStep = (score: number) => Math.round((STEPS * Math.log(score / range.low)) / span);
  // Four digits: what is shown is what is saved.
  const toScore = (step: number) => Number((range.low * Math.exp((span * step) / STEPS)).toPrecision(4));
  return (
    <div class="threshold-slider">
      <label class="sr-only" for="threshold">Threshold</label>
      <input id="threshold" type="range" min="0" max={STEPS} value={toStep(value)} data-testid="threshold"
        aria-valuetext={formatScore(value)} onInput={(e) => onChange(toScore(Number(e.currentTarget.value)))} />
      <label class="threshold-number">Threshold{" "}
        <input type="number" step="any" min="0" value={Number(value.toPrecision(4))}
          onChange={(e) => { const typed = Number(e.currentTarget.value); if (typed > 0) onChange(typed); }} />
      </label>
    </div>
  );
}

function Suggestion({ words, value, onChoose }: { words: string; value?: number; onChoose: (value: number) => void }) {
  return (
    <button type="button" disabled={value === undefined} onClick={() => onChoose(Number(value!.toPrecision(4)))}>
      {words}{value !== undefined && <span class="muted"> {formatScore(value)}</span>}
    </button>
  );
}

interface TileProps {
  words: string;
  wrong: number;
  of: number;
  before: number;
  meaning: string;
  testId: string;
}

function Tile({ words, wrong, of, before, meaning, testId }: TileProps) {
  return (
    <div class="tile" data-testid={testId}>
      <span class="tile-words">{words}</span>
      <strong class={`tile-number ${wrong > 0 ? "some" : ""}`}>{of === 0 ? "–" : `${wrong} of ${of}`}</strong>
      <span class="muted">{meaning}{of > 0 && wrong !== before && `; now ${before}`}</span>
    </div>
  );
}

interface WrongProps {
  words: string;
  pictures: Evaluated[];
  none: string;
  onOpen: (picture: Evaluated) => void;
}

// Enough to see a pattern; more would be slow to draw.
const SHOWN = 60;

function Wrong({ words, pictures, none, onOpen }: WrongProps) {
  return (
    <div class="wrong">
      <h4>{words} <span class="muted">{pictures.length > 0 && "worst first"}</span></h4>
      {pictures.length === 0 ? <p class="muted">{none}</p> : (
        <ul class="thumbs">
          {pictures.slice(0, SHOWN).map((picture) => (
            <li key={picture.id}>
              <button type="button" class="thumb-button" onClick={() => onOpen(picture)}>
                <Thumbnail file={picture.file} alt="" />
                <span class="name" title={shownName(picture.file)}>{shownName(picture.file)}</span>
                <span class="muted">{formatScore(picture.inspection!.raw_score)}{!picture.good && picture.kind && ` · ${picture.kind}`}</span>
              </button>
            </li>
          ))}
          {pictures.length > SHOWN && <li class="muted">and {pictures.length - SHOWN} more</li>}
        </ul>
      )}
    </div>
  );
}

interface PictureDialogProps {
  category: Category;
  picture: Evaluated;
  // The threshold that is not saved yet, if the slider was moved.
  wanted?: number;
  onClose: () => void;
}

function PictureDialog({ category, picture, wanted, onClose }: PictureDialogProps) {
  const [view, setView] = useState<Inspected>();
  const [error, setError] = useState("");
  useEffect(() => {
    const left = new AbortController();
    inspect(category.category, 0, picture.file, left.signal).then(setView, (problem) => {
      if (!left.signal.aborted) setError(problem.message);
    });
    return () => left.abort();
  }, [picture.id]);
  return (
    <Dialog title={picture.good ? "A good picture" : `A defective picture${picture.kind ? `: ${picture.kind}` : ""}`} onClose={onClose} wide>
      {wanted !== undefined && (
        <Notice kind="hint">
          With the threshold at {formatScore(wanted)} it is {picture.inspection!.raw_score > wanted ? "flagged" : "not flagged"}. That is not
          saved yet: below is what version {category.active_version} says of it, which answers now.
        </Notice>
      )}
      {error ? <Notice kind="error">{error}</Notice> : view ? <PictureView shown={view} name={shownName(picture.file)} /> : <p class="muted">Looking…</p>}
    </Dialog>
  );
}
