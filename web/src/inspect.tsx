// Drop pictures, see what the server says of each and where.
import { useEffect, useRef, useState } from "preact/hooks";
import * as calls from "./calls";
import { csvOf } from "./csv";
import { describePassedOver, picturesOf, shownName } from "./folder";
import { count, formatBytes } from "./formats";
import { DropZone, Notice, Progress, Thumbnail, VerdictBadge } from "./parts";
import { inspect, PictureView, type Inspected } from "./picture_view";
import { forEachOf } from "./tasks";
import type { Category, Inspection } from "./wire";

interface Entry {
  id: number;
  file: File;
  inspection?: Inspection;
  error?: string;
}

interface Props {
  category: Category;
  maxBytes: number;
}

let lastId = 0;
// By category, as long as the page is open.
const kept = new Map<string, Entry[]>();
const AT_ONCE = 2;

export function InspectView({ category, maxBytes }: Props) {
  const [entries, setEntries] = useState(() => kept.get(category.category) ?? []);
  const [selected, setSelected] = useState<number | undefined>(entries[0]?.id);
  const [shown, setShown] = useState<{ id: number; view?: Inspected; error?: string }>();
  const [unread, setUnread] = useState("");
  const [harmless, setHarmless] = useState(true);
  const queue = useRef<Entry[]>([]);
  const running = useRef(false);
  const leave = useRef(new AbortController());
  useEffect(() => {
    // What was left waiting when the view was left.
    queue.current.push(...entries.filter((entry) => !entry.inspection && !entry.error));
    void work();
    return () => leave.current.abort();
  }, []);
  useEffect(() => void kept.set(category.category, entries), [entries]);

  const update = (id: number, change: Partial<Entry>) =>
    setEntries((all) => all.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)));

  // Scores what waits; pictures that come meanwhile join the queue.
  async function work() {
    if (running.current) return;
    running.current = true;
    while (queue.current.length > 0 && !leave.current.signal.aborted) {
      const batch = queue.current.splice(0);
      await forEachOf(batch, AT_ONCE, leave.current.signal, async (entry) => {
        if (entry.file.size > maxBytes) {
          update(entry.id, { error: `${formatBytes(entry.file.size)}; the limit is ${formatBytes(maxBytes)}` });
          return;
        }
        try {
          const inspection = await calls.score(category.category, 0, entry.file, leave.current.signal);
          update(entry.id, { inspection });
        } catch (error) {
          if (!leave.current.signal.aborted) update(entry.id, { error: (error as Error).message });
        }
      });
    }
    running.current = false;
  }

  function add(files: File[]) {
    const found = picturesOf(files).map(({ file }) => ({ id: ++lastId, file }));
    const passedOver = describePassedOver(files);
    setUnread(found.length === 0 ? `There is no picture among these files (PNG, JPEG, BMP, TIFF)${passedOver && `; ${passedOver}`}.` : "");
    if (found.length === 0) return;
    setEntries((all) => [...all, ...found]);
    setSelected(found[0]!.id);
    queue.current.push(...found);
    void work();
  }

  function save() {
    const rows = entries.map(({ file, inspection, error }) => ({ picture: shownName(file), inspection, error }));
    const url = URL.createObjectURL(new Blob([csvOf(rows, harmless)], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `${category.category}.csv`;
    link.click();
    URL.revokeObjectURL(url);
  }

  const entry = entries.find((e) => e.id === selected);
  useEffect(() => {
    if (!entry) return;
    const left = new AbortController();
    setShown({ id: entry.id });
    if (entry.file.size > maxBytes) return;
    inspect(category.category, 0, entry.file, left.signal)
      .then((view) => { if (!left.signal.aborted) setShown({ id: entry.id, view }); })
      .catch((error) => { if (!left.signal.aborted) setShown({ id: entry.id, error: error.message }); });
    return () => left.abort();
  }, [entry?.id, category.active_version]);

  const waiting = entries.filter((e) => !e.inspection && !e.error).length;
  const flagged = entries.filter((e) => e.inspection && e.inspection.verdict !== "OK").length;
  return (
    <div class="stack">
      <DropZone title="Drop pictures here" testId="inspect-drop"
        hint="Each gets a verdict, and a heatmap that shows where it departs from good." onFiles={add}>
        {entries.length > 0 && (
          <>
            <h3>{count(entries.length, "picture")}{flagged > 0 && `, ${flagged} to look at`}</h3>
            <button type="button" class="quiet" onClick={() => { setEntries([]); setSelected(undefined); }}>Clear</button>
            <span class="muted more">Drop more here</span>
          </>
        )}
      </DropZone>
      {unread && <Notice kind="error">{unread}</Notice>}
      {entries.length > 0 && (
        <div class="inspect">
          <section aria-label="Pictures" class="listed">
            {waiting > 0 && <Progress label={`Scoring, ${waiting} to go`} done={entries.length - waiting} total={entries.length} />}
            {/* Radio buttons: the arrow keys walk through the pictures. */}
            <fieldset class="strip">
              <legend class="sr-only">Choose a picture; the arrow keys walk through them</legend>
              {entries.map((e) => (
                <label key={e.id} class={`strip-item ${e.id === selected ? "selected" : ""}`} data-testid="scored">
                  <input type="radio" name="picture" checked={e.id === selected} onChange={() => setSelected(e.id)} />
                  <Thumbnail file={e.file} alt="" />
                  <span class="strip-text">
                    <span class="name" title={shownName(e.file)}>{shownName(e.file)}</span>
                    {e.inspection ? <VerdictBadge verdict={e.inspection.verdict} />
                      : e.error ? <span class="bad-text">{e.error}</span> : <span class="muted">waiting…</span>}
                  </span>
                </label>
              ))}
            </fieldset>
          </section>
          <section aria-label="Chosen picture" class="card chosen">
            {entry && shown?.id === entry.id && shown.view
              ? <PictureView shown={shown.view} name={shownName(entry.file)} />
              : shown?.error || entry?.error ? <Notice kind="error">{shown?.error ?? entry?.error}</Notice>
                : <p class="muted">Looking…</p>}
          </section>
          <div class="save">
            <button type="button" class="quiet" data-testid="save-csv" onClick={save}>Save as CSV</button>
            <label class="check">
              <input type="checkbox" checked={harmless} onChange={(e) => setHarmless(e.currentTarget.checked)} />
              For a spreadsheet: no name counts as a formula
            </label>
          </div>
        </div>
      )}
      {entries.length === 0 && (
        <p class="muted">
          <strong>OK</strong>: like the good pictures. <strong>Review</strong>: close to the threshold, a person should
          look. <strong>Not OK</strong>: departs clearly from good. The pictures are not kept anywhere.
        </p>
      )}
    </div>
  );
}
