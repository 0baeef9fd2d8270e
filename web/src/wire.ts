// What the page's server answers: the wire contract's messages as JSON.

export type Verdict = "OK" | "REVIEW" | "NOK";

export interface Calibration {
  pictures: number;
  log_mean: number;
  log_deviation: number;
  // None from a server that does not say.
  degrees_of_freedom?: number;
  false_alarm_rate: number;
  threshold: number;
  review_low: number;
  review_high: number;
}

export interface CategoryOptions {
  feature_source: string;
  input_size?: number;
  coder: string;
  score_method: string;
  false_alarm_rate?: number;
}

export interface Version {
  version: number;
  pictures: number;
  create_time: string;
  options: CategoryOptions;
  calibration: Calibration;
  error: string;
}

export interface Category {
  category: string;
  active_version: number;
  versions: Version[];
  error: string;
}

export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
  area: number;
  peak: number;
  peak_x: number;
  peak_y: number;
}

export interface Inspection {
  category: string;
  version: number;
  verdict: Verdict;
  normalized_score: number;
  raw_score: number;
  threshold: number;
  // What it looks like and how it is built, in deviations of good pictures; none unless the score is fused.
  views: { view: string; deviations: number }[];
  layers: { layer: string; score: number }[];
  regions: Region[];
  picture_width: number;
  picture_height: number;
  // What is odd about the picture; mostly nothing.
  notice?: string;
  stage_times: Record<string, number>;
}

export interface Heatmap {
  inspection: Inspection;
  // PNG, Base64.
  map: string;
  // As the server sees it, PNG, Base64; empty when it was not asked for, or the server is too old to say.
  picture?: string;
  scale_low: number;
  scale_high: number;
  region_threshold: number;
}

export interface Imported {
  category: string;
  version: Version;
}

// A training picture that does not look like the others.
export interface Outlier {
  // As they were sent, from 0.
  picture: number;
  score: number;
  reason: string;
  dropped: boolean;
}

export interface TrainingState {
  id: number;
  category: string;
  // The version whose limits are set anew; null when something is learnt.
  recalibrate: number | null;
  pictures: number;
  pictures_received: number;
  phase: string;
  pictures_done: number;
  pictures_total: number;
  objective: number;
  seconds_left: number;
  done: boolean;
  result?: Version;
  pictures_skipped?: number;
  // The first hundred of them.
  skipped?: { picture: number; error: string }[];
  independent_pictures?: number;
  outliers?: Outlier[];
  notices?: { code: string; text: string }[];
  error?: { code: string; message: string };
}

export interface TrainingRequest {
  category: string;
  pictures: number;
  skip_bad_pictures: boolean;
  keep_active: boolean;
  outliers: "warn" | "drop";
  // Either the version whose limits to set anew, or what to learn.
  recalibrate?: number;
  options?: { feature_source?: string; input_size?: number; false_alarm_rate?: number };
}

export interface TrafficMinute {
  start_time: string;
  pictures: number;
  flagged: number;
  mean_normalized_score: number;
}

export interface CategoryStatistics {
  category: string;
  ok: number;
  review: number;
  nok: number;
  score_histogram: number[];
  minutes: TrafficMinute[];
}

export interface Statistics {
  start_time: string;
  categories: CategoryStatistics[];
  queues: { stage: string; waiting: number; capacity: number }[];
  trainings: number;
}

export interface ServerFacts {
  server: string;
  max_picture_bytes: number;
}
