// The pictures that a threshold is judged by; one set a category, kept as long as the page is open.
import type { Category, Inspection, Version } from "./wire";

export interface Evaluated {
  id: number;
  file: File;
  good: boolean;
  // Of a defective picture, where its folder says so.
  kind: string;
  inspection?: Inspection;
  error?: string;
}

// Moving the threshold makes a version of the same dictionaries and statistics: raw scores stay what they are.
export function sameStatistics(a: Version | undefined, b: Version | undefined): boolean {
  return a !== undefined && b !== undefined && a.calibration.pictures === b.calibration.pictures &&
    a.calibration.log_mean === b.calibration.log_mean && a.calibration.log_deviation === b.calibration.log_deviation;
}

export const versionOf = (category: Category, version: number): Version | undefined =>
  category.versions.find((v) => v.version === version);

// Whether what the picture scored holds for the version that answers now.
export const isCurrent = (picture: Evaluated, category: Category): boolean =>
  picture.inspection !== undefined &&
  sameStatistics(versionOf(category, picture.inspection.version), versionOf(category, category.active_version));

const sets = new Map<string, Evaluated[]>();
let lastId = 0;

export const nextId = (): number => ++lastId;
export const evaluatedSet = (category: string): Evaluated[] => sets.get(category) ?? [];
export const keepEvaluatedSet = (category: string, set: Evaluated[]): void => void sets.set(category, set);
