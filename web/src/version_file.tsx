// A version as one file: out of the server, and into this or another one.
import { useRef, useState } from "preact/hooks";
import * as calls from "./calls";
import { formatBytes } from "./formats";
import type { Imported } from "./wire";

const ENDING = ".safetensors";

// Hands a version to the browser as a download; returns the file's name.
export async function saveVersion(category: string, version: number): Promise<string> {
  const url = URL.createObjectURL(await calls.exportVersion(category, version));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${category}-${version}${ENDING}`;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return link.download;
}

// Adds the file's version; when it is the category's only one it answers, else the one that does stays.
async function addVersion(category: string, file: File, maxBytes: number): Promise<Imported> {
  if (file.size > maxBytes) {
    throw new Error(`${file.name} has ${formatBytes(file.size)}; the limit of this page is ${formatBytes(maxBytes)}. ` +
      "`mlfsc import` takes larger ones.");
  }
  const added = await calls.importVersion(category, file);
  const now = (await calls.listCategories()).find((one) => one.category === added.category);
  if (now?.active_version === 0 && now.versions.length === 1) {
    await calls.activateVersion(added.category, added.version.version);
  }
  return added;
}

interface Props {
  // Empty for the name that it had where it was saved.
  category: string;
  maxBytes: number;
  disabled?: boolean;
  onAdded: (added: Imported) => void;
  onError: (message: string) => void;
}

export function AddVersionButton({ category, maxBytes, disabled, onAdded, onError }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);

  async function chosen(file: File | undefined) {
    if (!file) return;
    onError("");
    setBusy(true);
    try {
      onAdded(await addVersion(category, file, maxBytes));
    } catch (problem) {
      onError(`${file.name} is not added: ${(problem as Error).message}`);
    }
    setBusy(false);
  }

  return (
    <>
      <button type="button" disabled={disabled || busy} onClick={() => input.current?.click()}>
        {busy ? "Adding…" : "Add a version from a file…"}
      </button>
      <input ref={input} type="file" hidden accept={ENDING} aria-label="A version's file" data-testid="version-file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          void chosen(file);
          // The same file again is a new choice.
          event.currentTarget.value = "";
        }} />
    </>
  );
}
