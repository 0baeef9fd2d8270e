// What a chosen folder means: plain pictures, or a data set in the layout of MVTec AD
// (train/good, test/<kind>, ground_truth/<kind>).

// Endings that are named one by one.
const NAMED_ENDINGS = 5;
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

// What a picture is called where several may have the same name: with the folders above it, where they are known.
export const shownName = (file: Named): string => file.webkitRelativePath || file.name;

const stemOf = (name: string) => name.replace(/\.[^.]*$/, "");

// The picture whose mask a file in the same folder is, by its name: as PictureOfMask of the command.
const MASK = /^(.+)[_\-. ](?:ground_truth|ground-truth|groundtruth|masks?|gt)(?:[_\-. ]?\d+)?$/i;

// The pictures among the files of a folder, in the order of their paths; hidden ones, and masks beside their pictures,
// are left out.
export function picturesOf<F extends Named>(files: Iterable<F>): Found<F>[] {
  const found: Found<F>[] = [];
  for (const file of files) {
    const parts = shownName(file).split("/");
    if (parts.some((part) => part.startsWith(".")) || !PICTURE.test(file.name)) continue;
    found.push({ file, folders: parts.slice(0, -1) });
  }
  const key = (f: Found<F>) => [...f.folders, f.file.name].join("/");
  const stems = new Set(found.map((f) => stemOf(key(f))));
  const isMask = (f: Found<F>) => {
    const picture = MASK.exec(stemOf(f.file.name))?.[1];
    return picture !== undefined && stems.has([...f.folders, picture].join("/"));
  };
  return found.filter((f) => !isMask(f)).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

// "57 other files passed over: 40 .webp, 17 .txt", as the command says it; empty when there is nothing to say.
export function describePassedOver(files: Iterable<Named>): string {
  const endings = new Map<string, number>();
  for (const file of files) {
    if (shownName(file).split("/").some((part) => part.startsWith(".")) || PICTURE.test(file.name)) continue;
    const ending = /\.[^.]+$/.exec(file.name)?.[0].toLowerCase() ?? "without an ending";
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  const total = [...endings.values()].reduce((sum, n) => sum + n, 0);
  if (total === 0) return "";
  const most = [...endings].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const words = most.slice(0, NAMED_ENDINGS).map(([ending, n]) => `${n} ${ending}`);
  const more = most.slice(NAMED_ENDINGS).reduce((sum, [, n]) => sum + n, 0);
  if (more > 0) words.push(`${more} more`);
  return `${total} other file${total === 1 ? "" : "s"} passed over: ${words.join(", ")}`;
}

const has = (folders: string[], ...wanted: string[]) =>
  folders.some((_, i) => wanted.every((name, j) => folders[i + j] === name));

export interface Chosen<F> {
  pictures: F[];
  // Pictures in other folders.
  leftOut: number;
  // Which folder they are of, for people; empty for all.
  from: string;
  // Pictures in its sub-folders, which are taken only when asked for, and how many folders these are.
  below: number;
  subFolders: number;
}

// The good pictures to learn from: train/good where there is one; else, of what is not held for testing, the folders
// called "good"; else all of that. `recursive`: what is in sub-folders, too.
export function trainingPictures<F extends Named>(files: Iterable<F>, recursive = false): Chosen<F> {
  const all = picturesOf(files);
  const notTest = all.filter((f) => !has(f.folders, "test") && !has(f.folders, "ground_truth"));
  const choices: [string, Found<F>[], (f: Found<F>) => boolean][] = [
    ["train/good", all.filter((f) => has(f.folders, "train", "good")), (f) => f.folders.slice(-2).join("/") === "train/good"],
    [GOOD, notTest.filter((f) => has(f.folders, GOOD)), (f) => f.folders[f.folders.length - 1] === GOOD],
  ];
  const [from, chosen, isRight] = choices.find(([, pictures]) => pictures.length > 0) ??
    ["", notTest, (f: Found<F>) => f.folders.length <= 1];
  const below = chosen.filter((f) => !isRight(f));
  return {
    pictures: (recursive ? chosen : chosen.filter(isRight)).map((f) => f.file),
    leftOut: all.length - chosen.length,
    from,
    below: below.length,
    subFolders: new Set(below.map((f) => f.folders.join("/"))).size,
  };
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
