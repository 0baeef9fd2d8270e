// Answers as a CSV file (RFC 4180, UTF-8), as `mlfsc score --csv` names its columns.
import type { Inspection } from "./wire";

export interface Row {
  picture: string;
  inspection?: Inspection;
  error?: string;
}

// A spreadsheet takes such a cell for a formula; in full width, too.
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/u;

// `harmless`: a formula gets a ' in front, a path that would be one ./, and what holds any separator is quoted.
export function csvField(text: string, harmless: boolean, path = false): string {
  const cell = harmless && FORMULA.test(text) ? `${path ? "./" : "'"}${text}` : text;
  return (harmless ? /[",\r\n;\t]/ : /[",\r\n]/).test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

// Control characters would move what shows the file.
const oneLine = (text: string) => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, " ");

export function csvOf(rows: Row[], harmless: boolean): string {
  const lines = ["picture,category,version,verdict,normalized_score,raw_score,threshold,regions,error"];
  for (const { picture, inspection, error } of rows) {
    const name = csvField(oneLine(picture), harmless, true);
    lines.push(inspection
      ? [name, csvField(inspection.category, harmless), inspection.version, inspection.verdict, inspection.normalized_score,
        inspection.raw_score, inspection.threshold, inspection.regions.length, ""].join(",")
      : [name, "", "", "", "", "", "", "", csvField(oneLine(error ?? "not scored"), harmless)].join(","));
  }
  return lines.join("\r\n") + "\r\n";
}
