// Small parts that several views share.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { browserShowsAsSeen, onSeen, seenThumbnail } from "./as_seen";
import type { Verdict } from "./wire";

const VERDICT_WORDS: Record<Verdict, string> = { OK: "OK", REVIEW: "Review", NOK: "Not OK" };
// A shape beside the colour: for colour-blind people and grey print.
const VERDICT_MARKS: Record<Verdict, string> = { OK: "✓", REVIEW: "?", NOK: "✕" };

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return (
    <span class={`badge ${verdict.toLowerCase()}`}>
      <span aria-hidden="true">{VERDICT_MARKS[verdict]}</span> {VERDICT_WORDS[verdict]}
    </span>
  );
}

export function Notice({ kind, children }: { kind: "error" | "good" | "hint"; children: ComponentChildren }) {
  return <div class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>{children}</div>;
}

export function Progress({ done, total, label }: { done: number; total: number; label: string }) {
  const id = useId();
  return (
    <div class="progress">
      <label for={id}>{label}</label>
      {total > 0 ? <progress id={id} max={total} value={done} /> : <progress id={id} />}
    </div>
  );
}

interface DropZoneProps {
  title: string;
  hint: string;
  // What the visitor may choose; both when left out.
  only?: "folder";
  testId?: string;
  onFiles: (files: File[]) => void;
  // What stands in a narrow one, in place of title and hint: for where there are pictures already.
  children?: ComponentChildren;
}

// Takes files or folders that are dropped on it or chosen with its buttons.
export function DropZone({ title, hint, only, testId, onFiles, children }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folders = useRef<HTMLInputElement>(null);
  const chosen = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    if (input.files?.length) onFiles([...input.files]);
    // The same choice again is a new choice.
    input.value = "";
  };
  return (
    <div class={`drop ${children ? "narrow-drop" : ""} ${over ? "over" : ""}`} data-testid={testId}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={async (event) => {
        event.preventDefault();
        setOver(false);
        if (event.dataTransfer) onFiles(await droppedFiles(event.dataTransfer));
      }}>
      {children || <><p class="drop-title">{title}</p><p class="muted">{hint}</p></>}
      <div class="row centre">
        {only !== "folder" && <button type="button" onClick={() => files.current?.click()}>Choose pictures…</button>}
        <button type="button" onClick={() => folders.current?.click()}>Choose a folder…</button>
      </div>
      <input ref={files} type="file" multiple hidden accept=".png,.jpg,.jpeg,.bmp,.tif,.tiff" onChange={chosen}
        aria-label={`${title}: pictures`} />
      {/* Not an attribute that Preact's types know. */}
      <input ref={folders} type="file" hidden onChange={chosen} aria-label={`${title}: folder`} {...{ webkitdirectory: true }} />
    </div>
  );
}

// The files among what was dropped, those in folders with their path.
async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry != null);
  if (!entries.some((entry) => entry!.isDirectory)) return [...transfer.files];
  const files: File[] = [];
  for (const entry of entries) await collect(entry!, files);
  return files;
}

async function collect(entry: FileSystemEntry, files: File[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    // A dropped file does not know its folder; one that is chosen does.
    Object.defineProperty(file, "webkitRelativePath", { value: entry.fullPath.replace(/^\//, "") });
    files.push(file);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const inside of batch) await collect(inside, files);
  }
}

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  wide?: boolean;
}

// Escape and the button close it; the keyboard stays inside.
export function Dialog({ title, onClose, children, wide }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class={wide ? "wide" : ""} aria-labelledby={id} onClose={onClose}
      onClick={(event) => { if (event.target === dialog.current) dialog.current?.close(); }}>
      <div class="dialog-body">
        <div class="row spread">
          <h2 id={id}>{title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick={() => dialog.current?.close()}>✕</button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ title, children, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <div class="row end">
        <button type="button" onClick={onClose}>Keep it</button>
        <button type="button" class="danger" onClick={() => { onClose(); onConfirm(); }}>{action}</button>
      </div>
    </Dialog>
  );
}

// A URL for a picture's file, as long as the component is shown.
export function useObjectUrl(file: Blob): string {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

// What to show of a file: itself, or, once the server has sent it, what that saw; null for nothing yet.
function useSeen(file: File): Blob | null | undefined {
  const [alike, setAlike] = useState<boolean>();
  const [sent, setSent] = useState<Blob>();
  useEffect(() => {
    let listed = true;
    void browserShowsAsSeen(file).then((shows) => { if (listed) setAlike(shows); });
    return () => { listed = false; };
  }, [file]);
  useEffect(() => {
    if (alike !== false) return;
    const look = () => setSent(seenThumbnail(file));
    look();
    return onSeen(look);
  }, [file, alike]);
  return alike === undefined ? undefined : alike ? file : sent ?? null;
}

// A picture that the browser would show otherwise than the server sees it stands there by its ending, until the server
// has sent it.
export function Thumbnail({ file, alt }: { file: File; alt: string }) {
  const seen = useSeen(file);
  const [broken, setBroken] = useState(false);
  if (seen === null || broken) return <span class="thumb no-thumb" aria-hidden="true">{file.name.split(".").pop()}</span>;
  return seen ? <SeenThumbnail seen={seen} alt={alt} onBroken={() => setBroken(true)} /> : <span class="thumb" />;
}

function SeenThumbnail({ seen, alt, onBroken }: { seen: Blob; alt: string; onBroken: () => void }) {
  const url = useObjectUrl(seen);
  return url ? <img class="thumb" src={url} alt={alt} loading="lazy" onError={onBroken} /> : <span class="thumb" />;
}
