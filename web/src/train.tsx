// Learn a category from a folder of good pictures, or set the threshold of what it has learnt anew.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as calls from "./calls";
import { describePassedOver, shownName, trainingPictures } from "./folder";
import { count, faultOfName, formatBytes, formatScore, formatSeconds, formatShare } from "./formats";
import { DropZone, Notice, Progress } from "./parts";
import { usePolling } from "./tasks";
import { beginTraining, stopTraining } from "./upload";
import type { Category, Outlier, TrainingState } from "./wire";

// Fewer learn, but say little about what new good pictures will do.
const FEW = 20;
const POLL_MILLISECONDS = 400;

interface Props {
  // To learn anew; none for a new one.
  category?: Category;
  // Names of the categories that there are.
  taken?: string[];
  maxBytes: number;
  onTrained: () => void;
  // Other ways, shown as long as nothing has begun.
  children?: ComponentChildren;
}

export function TrainView({ category, taken = [], maxBytes, onTrained, children }: Props) {
  const [name, setName] = useState(category?.category ?? "");
  const [pictures, setPictures] = useState<File[]>([]);
  const [others, setOthers] = useState({ leftOut: 0, from: "", below: 0, subFolders: 0, passedOver: "" });
  const [files, setFiles] = useState<File[]>([]);
  const [recursive, setRecursive] = useState(false);
  const [tooLarge, setTooLarge] = useState<File[]>([]);
  const [rate, setRate] = useState("1");
  const [size, setSize] = useState("256");
  const [source, setSource] = useState("pyramid");
  const [anew, setAnew] = useState(false);
  const [skip, setSkip] = useState(true);
  const [drop, setDrop] = useState(false);
  const [state, setState] = useState<TrainingState>();
  const [error, setError] = useState("");

  // A training that goes on though the page was left or loaded anew.
  useEffect(() => {
    calls.listTrainings().then((all) => {
      const running = all.filter((t) => !t.done && (!category || t.category === category.category));
      setState((now) => now ?? running[running.length - 1]);
    }).catch(() => {});
  }, []);

  usePolling(async () => {
    if (!state || state.done) return;
    try {
      const now = await calls.getTraining(state.id);
      setState(now);
      if (now.done && now.result) onTrained();
    } catch (problem) {
      if (problem instanceof calls.CallError && problem.code === "NOT_FOUND") {
        setState(undefined);
        setError("`mlfsc web` was started anew; the training that ran has ended with it.");
      }
    }
  }, () => POLL_MILLISECONDS, [state?.id]);

  function choose(files: File[], below = recursive) {
    const chosen = trainingPictures(files, below);
    const passedOver = describePassedOver(files);
    setFiles(files);
    setRecursive(below);
    setPictures(chosen.pictures);
    setOthers({ ...chosen, passedOver });
    setError(chosen.pictures.length === 0 && chosen.below === 0
      ? `There is no picture among these files (PNG, JPEG, BMP, TIFF)${passedOver && `; ${passedOver}`}.` : "");
  }

  async function begin() {
    setError("");
    const large = pictures.filter((file) => file.size > maxBytes);
    if (large.length > 0 && !skip) {
      setError(`${shownName(large[0]!)} has ${formatBytes(large[0]!.size)}; the limit is ${formatBytes(maxBytes)} a picture.`);
      return;
    }
    const fitting = pictures.filter((file) => file.size <= maxBytes);
    setTooLarge(large);
    try {
      const what = anew ? { recalibrate: category!.active_version }
        : { options: { feature_source: source, input_size: Number(size), false_alarm_rate: Number(rate) / 100 } };
      setState(await beginTraining({
        category: name, pictures: fitting.length, skip_bad_pictures: skip, keep_active: false,
        outliers: drop ? "drop" : "warn", ...what,
      }, fitting, setError));
    } catch (problem) {
      setError((problem as Error).message);
    }
  }

  async function stop() {
    if (state) await stopTraining(state.id).catch((problem) => setError(problem.message));
  }

  if (state && !state.done) return <Running state={state} onStop={stop} />;
  if (state?.result) {
    const leftOut = [
      ...tooLarge.map((file) => `${shownName(file)}: ${formatBytes(file.size)}; the limit is ${formatBytes(maxBytes)}`),
    ];
    const sent = pictures.filter((file) => file.size <= maxBytes);
    return <Learnt state={state} leftOut={leftOut} names={sent.map(shownName)}
      onAgain={() => { setState(undefined); setPictures([]); setOthers({ ...others, below: 0, passedOver: "" }); }}
      onWithout={() => { setState(undefined); setDrop(true); }} />;
  }
  const fault = faultOfName(name);
  const nameOk = fault === "";
  return (
    <div class="stack narrow">
      {error && <Notice kind="error">{error}</Notice>}
      {state?.error && (
        <Notice kind="error">The training ended: {state.error.message}</Notice>
      )}
      {!category && (
        <div class="field">
          <label for="category-name">1. Give the product a name</label>
          <input id="category-name" value={name} autocomplete="off" spellcheck={false} placeholder="gasket-40"
            onInput={(e) => setName(e.currentTarget.value.trimStart().replace(/\s+/g, "-"))} aria-describedby="name-help" />
          <p id="name-help" class="muted">
            One product as one camera sees it: another product or another camera is another category. Letters, digits, - _ and dots.
          </p>
          {name && fault && <p class="bad-text" role="alert">{fault}</p>}
          {taken.includes(name) && (
            <Notice kind="hint">{name} is there already: it gets a new version, which answers in the place of the old one.</Notice>
          )}
        </div>
      )}
      {category && category.active_version > 0 && (
        <fieldset class="choices">
          <legend class="label">1. What has changed?</legend>
          <Choice chosen={!anew} onChoose={() => setAnew(false)} title="The product, or what is good"
            meaning="Learn again, from pictures of all that is good now: a new version takes the place of the old one." />
          <Choice chosen={anew} onChoose={() => setAnew(true)} title="Only the conditions: a lamp, the lens, a batch"
            meaning={`Keep what version ${category.active_version} has learnt, and set its threshold anew from good pictures that it has not learnt from.`} />
        </fieldset>
      )}
      <div class="field">
        <span class="label">{anew ? "2. Choose good pictures taken as they are now" : category ? "2. Choose the good pictures to learn from"
          : "2. Choose pictures of good product"}</span>
        <DropZone title="Drop a folder of good pictures here" testId="train-drop"
          hint="The same camera, light and position as on the line; only good product." onFiles={(chosen) => choose(chosen)} />
        {pictures.length > 0 && (
          <p data-testid="chosen">
            <strong>{count(pictures.length, "picture")}</strong>{others.from && ` from ${others.from}`},{" "}
            {formatBytes(pictures.reduce((sum, f) => sum + f.size, 0))}
            {others.leftOut > 0 && `; ${others.leftOut} in other folders are left out`}
          </p>
        )}
        {others.passedOver && pictures.length > 0 && <p class="muted" data-testid="passed-over">{others.passedOver}</p>}
        {others.below > 0 && (
          <label class="check">
            <input type="checkbox" checked={recursive} onChange={(e) => choose(files, e.currentTarget.checked)} data-testid="recursive" />
            Take the {count(others.below, "picture")} in {count(others.subFolders, "sub-folder")}, too
          </label>
        )}
        {pictures.length === 1 && <Notice kind="error">One picture shows no variation: at least 2 are needed, {FEW} or more are sensible.</Notice>}
        {pictures.length > 1 && pictures.length < FEW && (
          <Notice kind="hint">
            With fewer than {FEW} pictures the threshold is a rough guess: good product will be flagged more often than you
            ask for. 60 or more, over several batches and days, are better.
          </Notice>
        )}
      </div>
      {!anew && <details>
        <summary>Settings (the defaults are good to begin with)</summary>
        <div class="grid">
          <div class="field">
            <label for="rate">False alarms you can live with, % of good product</label>
            <input id="rate" type="number" min="0.01" max="20" step="any" value={rate}
              onInput={(e) => setRate(e.currentTarget.value)} />
            <p class="muted">Sets the first threshold. You move it afterwards without learning again.</p>
          </div>
          <div class="field">
            <label for="size">Picture size inside the network</label>
            <select id="size" value={size} onChange={(e) => setSize(e.currentTarget.value)}>
              <option value="128">128 px: fast, coarse</option>
              <option value="256">256 px: the default</option>
              <option value="512">512 px: small defects, four times the work</option>
            </select>
            <p class="muted">Which sizes there are is the server's choice (--input_sizes).</p>
          </div>
          <div class="field">
            <label for="source">What is looked at</label>
            <select id="source" value={source} onChange={(e) => setSource(e.currentTarget.value)}>
              <option value="pyramid">Three scales: the default</option>
              <option value="single_pass">One scale: fewer network passes</option>
              <option value="pixels">Grey pixels, no network: for comparison</option>
            </select>
          </div>
          <label class="check">
            <input type="checkbox" checked={skip} onChange={(e) => setSkip(e.currentTarget.checked)} />
            Leave out files that cannot be read or are too large, and say which
          </label>
          <label class="check">
            <input type="checkbox" checked={drop} onChange={(e) => setDrop(e.currentTarget.checked)} data-testid="drop-outliers" />
            Keep out pictures that do not look like the others (no flash, a defect), and name them
          </label>
        </div>
      </details>}
      <div class="row">
        <button type="button" class="primary" disabled={!nameOk || pictures.length < 2} onClick={begin} data-testid="train">
          {anew ? "Set the threshold anew" : category ? "Learn a new version" : "Train"}
        </button>
        {!nameOk && <span class="muted">{name === "" ? "A name is missing." : "The name cannot be used."}</span>}
        {nameOk && pictures.length < 2 && <span class="muted">Choose at least two pictures.</span>}
      </div>
      {category && (
        <p class="muted">
          The new version answers as soon as it is ready. The one before stays in the list of versions: one click brings it back.
        </p>
      )}
      {children}
    </div>
  );
}

const PHASES: [string, string][] = [
  ["features", "Looking at the pictures"],
  ["learning", "Learning what is common to them"],
  ["statistics", "Measuring how much good product varies"],
  ["calibration", "Setting the threshold"],
  ["publishing", "Saving"],
];

// What a recalibration does of them.
const CALIBRATING = ["features", "calibration", "publishing"];

function Choice({ chosen, onChoose, title, meaning }: { chosen: boolean; onChoose: () => void; title: string; meaning: string }) {
  return (
    <label class={`choice ${chosen ? "selected" : ""}`}>
      <input type="radio" name="what-changed" checked={chosen} onChange={onChoose} />
      <span><strong>{title}</strong><br /><span class="muted">{meaning}</span></span>
    </label>
  );
}

function Running({ state, onStop }: { state: TrainingState; onStop: () => void }) {
  const phases = state.recalibrate === null ? PHASES : PHASES.filter(([phase]) => CALIBRATING.includes(phase));
  const at = phases.findIndex(([phase]) => phase === state.phase);
  const uploading = state.pictures_received < state.pictures;
  return (
    <div class="stack narrow" data-testid="training">
      <h2>{state.recalibrate === null ? `Learning ${state.category}` : `Setting the threshold of ${state.category} anew`}</h2>
      {uploading && <Progress label={`Sending pictures: ${state.pictures_received} of ${state.pictures}`}
        done={state.pictures_received} total={state.pictures} />}
      <ol class="phases">
        {phases.map(([phase, words], index) => (
          <li key={phase} class={index < at ? "over" : index === at ? "now" : ""} aria-current={index === at ? "step" : undefined}>
            {words}
            {index === at && (
              <Progress label={state.pictures_total > 0 ? `${state.pictures_done} of ${state.pictures_total}` : "working"}
                done={state.pictures_done} total={state.pictures_total} />
            )}
          </li>
        ))}
      </ol>
      <p class="muted" aria-live="polite">
        {at < 0 ? "Waiting for the server…" : state.seconds_left > 0 ? `About ${formatSeconds(state.seconds_left)} left.` : " "}
      </p>
      <div class="row">
        <button type="button" onClick={onStop}>Stop</button>
        <span class="muted">
          {uploading ? "Keep this page open until the pictures are sent." : "You may close this page; the training goes on."}
        </span>
      </div>
    </div>
  );
}

// Names as long as the page has them: it may have been loaded anew.
function Findings({ state, names, onWithout }: { state: TrainingState; names: string[]; onWithout: () => void }) {
  const outliers = state.outliers ?? [];
  const stayed = outliers.filter((outlier) => !outlier.dropped);
  const nameOf = (outlier: Outlier) => (names.length === state.pictures && names[outlier.picture]) || `picture ${outlier.picture + 1}`;
  return (
    <>
      {outliers.length > 0 && (
        <Notice kind="hint">
          <span data-testid="outliers">
            {count(outliers.length, "picture")} {outliers.length === 1 ? "does" : "do"} not look like the others
            {stayed.length === 0 ? " and " + (outliers.length === 1 ? "was" : "were") + " kept out" : ""}:
          </span>
          <ul>
            {outliers.map((outlier) => (
              <li key={outlier.picture}><strong>{nameOf(outlier)}</strong>, score {formatScore(outlier.score)}: {outlier.reason}</li>
            ))}
          </ul>
          {stayed.length > 0 && (
            <>
              <p>Was one of them no good product, or a failed picture? It counts as good as long as it is in there.</p>
              <button type="button" onClick={onWithout}>Train again without them</button>
            </>
          )}
        </Notice>
      )}
      {(state.notices ?? []).map((notice) => (
        <Notice key={notice.code} kind="hint"><span data-testid={`notice-${notice.code}`}>{sentence(notice.text)}</span></Notice>
      ))}
    </>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + ".";

interface LearntProps {
  state: TrainingState;
  leftOut: string[];
  names: string[];
  onAgain: () => void;
  onWithout: () => void;
}

function Learnt({ state, leftOut, names, onAgain, onWithout }: LearntProps) {
  const { calibration, version, pictures } = state.result!;
  const left = (state.pictures_skipped ?? 0) + leftOut.length;
  const why = [...leftOut, ...(state.skipped ?? []).map(({ picture, error }) => `${names[picture] ?? `Picture ${picture}`}: ${error}`)];
  const link = `#/${encodeURIComponent(state.category)}`;
  return (
    <div class="stack narrow" data-testid="learnt">
      <Notice kind="good">
        <strong>{state.category}</strong>: {state.recalibrate === null ? `version ${version} is learnt from ${count(pictures, "picture")}`
          : `version ${version} is version ${state.recalibrate} with its threshold set anew`} and answers now.
        {left > 0 && ` ${count(left, "file")} could not be read and ${left === 1 ? "was" : "were"} left out.`}
      </Notice>
      {why.length > 0 && (
        <details data-testid="left-out"><summary>Which, and why</summary>
          <ul>{why.map((line) => <li key={line}>{line}</li>)}</ul></details>
      )}
      <Findings state={state} names={names} onWithout={onWithout} />
      <p>
        Its {state.recalibrate === null && "first "}threshold is <strong>{formatScore(calibration.threshold)}</strong>: the score that{" "}
        {formatShare(calibration.false_alarm_rate)} of new good pictures are expected to exceed. It comes from{" "}
        {state.recalibrate === null ? "the good pictures alone, each scored as if it were new"
          : count(calibration.pictures, "good picture")}. Next, see what it does to pictures that it has not learnt from:
      </p>
      <div class="row">
        <a class="button primary" href={`${link}/threshold`}>Test it and set the threshold</a>
        <a class="button" href={link}>Look at single pictures</a>
        <button type="button" class="quiet" onClick={onAgain}>Train again</button>
      </div>
    </div>
  );
}
