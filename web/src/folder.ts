// What a chosen folder means: plain pictures, or a data set in the layout of MVTec AD
// (train/good, test/<kind>, ground_truth/<kind>).

const PICTURE = /\.(png|jpe?g|bmp|tiff?)$/i;

// A file and the folders above it, from the chosen one downwards.
export interface Found<F> {
  file: F;
  folders: string[];
}

interface Named {
  name: string;
  webkitRelativePath?: string;
}

// The pictures among the files of a folder, in the order of their paths; hidden ones are left out.
export function picturesOf<F extends Named>(files: Iterable<F>): Found<F>[] {
  const found: Found<F>[] = [];
  for (const file of files) {
    const parts = (file.webkitRelativePath || file.name).split("/");
    if (parts.some((part) => part.startsWith(".")) || !PICTURE.test(file.name)) continue;
    found.push({ file, folders: parts.slice(0, -1) });
  }
  const key = (f: Found<F>) => [...f.folders, f.file.name].join("/");
  return found.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

const has = (folders: string[], ...wanted: string[]) =>
  folders.some((_, i) => wanted.every((name, j) => folders[i + j] === name));

// The good pictures to learn from: train/good where there is one; else, of what is not held for testing, the folders
// called "good"; else all of that. `from`: which of these, for people; empty for all.
export function trainingPictures<F extends Named>(files: Iterable<F>): { pictures: F[]; leftOut: number; from: string } {
  const all = picturesOf(files);
  const notTest = all.filter((f) => !has(f.folders, "test") && !has(f.folders, "ground_truth"));
  const choices: [string, Found<F>[]][] = [
    ["train/good", all.filter((f) => has(f.folders, "train", "good"))],
    [GOOD, notTest.filter((f) => has(f.folders, GOOD))],
  ];
  const [from, chosen] = choices.find(([, pictures]) => pictures.length > 0) ?? ["", notTest];
  return { pictures: chosen.map((f) => f.file), leftOut: all.length - chosen.length, from };
}

// A picture to evaluate; kind: "good" or what the defect is called.
export interface TestPicture<F> {
  file: F;
  kind: string;
}

export const GOOD = "good";

// By folder: what lies right in one called "good" is good, everything else is defective, of the kind that its folder
// is called. Of a whole data set only test/ counts. Empty when no folder is called "good": then only the user knows.
export function testPictures<F extends Named>(files: Iterable<F>): TestPicture<F>[] {
  const all = picturesOf(files);
  const test = all.filter((f) => has(f.folders, "test"));
  const chosen = test.length > 0 ? test : all.filter((f) => !has(f.folders, "ground_truth") && !has(f.folders, "train"));
  const pictures = chosen.map((f) => ({ file: f.file, kind: f.folders[f.folders.length - 1] ?? "" }));
  return pictures.some((p) => p.kind === GOOD) ? pictures : [];
}
