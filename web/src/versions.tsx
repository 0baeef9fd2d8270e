// What a category has learnt so far, and the way back.
import { useState } from "preact/hooks";
import * as calls from "./calls";
import { count, formatScore, formatShare, formatTime } from "./formats";
import { sameStatistics, versionOf } from "./evaluated_set";
import { expectedFalseAlarms } from "./operating_point";
import { Confirm, Notice } from "./parts";
import { AddVersionButton, saveVersion } from "./version_file";
import type { Category, Version } from "./wire";

interface Props {
  category: Category;
  maxBytes: number;
  onChanged: () => void;
}

// How a version came to be, as far as the versions tell.
function origin(version: Version, category: Category): string {
  const before = category.versions.find((v) => v.version < version.version && sameStatistics(v, version));
  const same = category.versions.find((v) => v.version < version.version && sameStatistics(v, version) &&
    v.calibration.threshold === version.calibration.threshold);
  if (same) return `the same as version ${same.version}`;
  if (before) return `threshold of version ${before.version} moved`;
  const learnt = `learnt from ${count(version.pictures, "picture")}`;
  const calibrated = version.calibration.pictures;
  return calibrated === version.pictures ? learnt : `${learnt}, threshold set anew from ${calibrated}`;
}

const SOURCES: Record<string, string> = { pyramid: "three scales", single_pass: "one scale", pixels: "grey pixels" };
const optionsOf = ({ options }: Version) =>
  `${SOURCES[options.feature_source] ?? options.feature_source}, ${options.input_size ?? 256} px`;

export function VersionsView({ category, maxBytes, onChanged }: Props) {
  const [message, setMessage] = useState("");
  const [error, setError] = useState("");
  const [deleting, setDeleting] = useState<number | "all">();

  async function run(work: () => Promise<string>) {
    setError("");
    setMessage("");
    try {
      setMessage(await work());
    } catch (problem) {
      setError((problem as Error).message);
    }
    onChanged();
  }

  const name = category.category;
  const active = versionOf(category, category.active_version);
  return (
    <div class="stack">
      {error && <Notice kind="error">{error}</Notice>}
      {message && <Notice kind="good">{message}</Notice>}
      <p class="muted lead">
        Training, and saving a threshold, add a version. The one that answers is marked; bringing another one back takes
        effect with the next picture and can itself be undone. “Save” puts a version into a file, for safekeeping or for another server.
      </p>
      <div class="table-scroll">
        <table class="versions">
          <thead>
            <tr><th>Version</th><th>How it came to be</th><th class="number">Threshold</th><th class="number">False alarms expected</th>
              <th><span class="sr-only">Actions</span></th></tr>
          </thead>
          <tbody>
            {[...category.versions].reverse().map((version) => {
              const { calibration } = version;
              const answers = version.version === category.active_version;
              return (
                <tr key={version.version} class={answers ? "active" : ""} data-testid={`version-${version.version}`}>
                  <th scope="row">{version.version}{answers && <span class="badge answers">answers</span>}</th>
                  <td>{version.error ? <span class="bad-text">{version.error}</span> : origin(version, category)}<br />
                    <span class="muted">{formatTime(version.create_time)} · {optionsOf(version)}</span></td>
                  <td class="number" data-words="Threshold">{formatScore(calibration.threshold)}<br />
                    <span class="muted">review {formatScore(calibration.review_low)}–{formatScore(calibration.review_high)}</span></td>
                  <td class="number" data-words="False alarms expected">{formatShare(expectedFalseAlarms(calibration.threshold, calibration))}</td>
                  <td>
                    <div class="row end">
                      {!answers && (
                        <button type="button" disabled={version.error !== ""} onClick={() => run(async () => {
                          await calls.activateVersion(name, version.version);
                          return `Version ${version.version} answers now${active ? `, instead of version ${active.version}` : ""}.`;
                        })}>{version.version < category.active_version ? "Bring back" : "Let it answer"}</button>
                      )}
                      <button type="button" class="quiet" aria-label={`Save version ${version.version} to a file`}
                        disabled={version.error !== ""} onClick={() => run(async () =>
                          `Version ${version.version} is saved as ${await saveVersion(name, version.version)}.`)}>Save</button>
                      {!answers && (
                        <button type="button" class="quiet" aria-label={`Delete version ${version.version}`}
                          onClick={() => setDeleting(version.version)}>Delete…</button>
                      )}
                    </div>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="row spread">
        <AddVersionButton category={name} maxBytes={maxBytes} onError={(words) => { setMessage(""); setError(words); }}
          onAdded={({ version }) => void run(async () =>
            `Version ${version.version} is added from the file. ${active ? `Version ${active.version} still answers.` : "It answers now."}`)} />
        <button type="button" class="quiet danger-text" onClick={() => setDeleting("all")}>Delete the category…</button>
      </div>
      {deleting === "all" && (
        <Confirm title={`Delete ${name}?`} action={`Delete ${name}`} onClose={() => setDeleting(undefined)}
          onConfirm={() => run(async () => { await calls.deleteCategory(name); window.location.hash = "#/"; return ""; })}>
          <p>All its {count(category.versions.length, "version")} go for good, and stations that ask for it get an error.</p>
        </Confirm>
      )}
      {typeof deleting === "number" && (
        <Confirm title={`Delete version ${deleting}?`} action={`Delete version ${deleting}`} onClose={() => setDeleting(undefined)}
          onConfirm={() => run(async () => { await calls.deleteVersion(name, deleting); return `Version ${deleting} is deleted.`; })}>
          <p>It goes for good. The version that answers stays.</p>
        </Confirm>
      )}
    </div>
  );
}
