// Calls to the page's server. Every call carries the page's token: no other page that is open in the browser can.
import type {
  Category, Heatmap, Imported, Inspection, ServerFacts, Statistics, TrainingRequest, TrainingState,
} from "./wire";

// `code`: the wire's status code, or PAGE_TOKEN, ACCESS_TOKEN, REFUSED of the page's server, or GONE when that one
// does not answer.
export class CallError extends Error {
  constructor(readonly code: string, message: string, readonly retryAfter?: number) {
    super(message);
  }
}

const ACCESS_TOKEN = "mlfsc-access-token";

function readPageToken(html: Document): string {
  return html.querySelector<HTMLMetaElement>('meta[name="page-token"]')?.content ?? "";
}

let pageToken = readPageToken(document);

// After a restart of `mlfsc web` the page that is open has the token of the old one.
async function refreshPageToken(): Promise<void> {
  const response = await fetch("./", { cache: "no-store" });
  pageToken = readPageToken(new DOMParser().parseFromString(await response.text(), "text/html"));
}

export function keepAccessToken(token: string): void {
  sessionStorage.setItem(ACCESS_TOKEN, token);
}

interface Options {
  method?: string;
  body?: BodyInit;
  signal?: AbortSignal;
}

async function attempt(path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { "X-Mlfsc-Page": pageToken };
  const access = sessionStorage.getItem(ACCESS_TOKEN);
  if (access) headers["Authorization"] = `Bearer ${access}`;
  try {
    return await fetch(`api/${path}`, { ...options, headers });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new CallError("GONE", "`mlfsc web` does not answer. Is it still running?");
  }
}

async function errorOf(response: Response): Promise<CallError> {
  try {
    const { error } = await response.json();
    return new CallError(error.code, error.message, error.retry_after);
  } catch {
    return new CallError("INTERNAL", `the page's server answered ${response.status}`);
  }
}

async function answerOf(path: string, options: Options): Promise<Response> {
  let response = await attempt(path, options);
  if (response.ok) return response;
  let error = await errorOf(response);
  if (error.code === "PAGE_TOKEN") {
    await refreshPageToken();
    response = await attempt(path, options);
    if (response.ok) return response;
    error = await errorOf(response);
  }
  throw error;
}

const call = async <T>(path: string, options: Options = {}): Promise<T> => (await answerOf(path, options)).json();

const post = (json: unknown): Options => ({ method: "POST", body: JSON.stringify(json) });
const named = (category: string) => `categories/${encodeURIComponent(category)}`;

export const getServer = () => call<ServerFacts>("server");
export const listCategories = async () => (await call<{ categories: Category[] }>("categories")).categories;
export const deleteCategory = (category: string) => call<object>(named(category), { method: "DELETE" });
export const deleteVersion = (category: string, version: number) =>
  call<Category>(`${named(category)}/versions/${version}`, { method: "DELETE" });
export const activateVersion = (category: string, version: number) =>
  call<Category>(`${named(category)}/activate`, post({ version }));
export const setThreshold = (category: string, version: number, threshold: number) =>
  call<Category>(`${named(category)}/threshold`, post({ version, threshold }));
export const exportVersion = async (category: string, version: number): Promise<Blob> =>
  (await answerOf(`${named(category)}/versions/${version}/bundle`, {})).blob();
// `category`: what to call it here; empty for the name that it had. The version that answers stays the one that does.
export const importVersion = (category: string, file: Blob) =>
  call<Imported>(`import?category=${encodeURIComponent(category)}&keep_active=true`, { method: "POST", body: file });
export const getStatistics = () => call<Statistics>("statistics");

export const score = (category: string, version: number, picture: Blob, signal?: AbortSignal) =>
  call<Inspection>(`${named(category)}/score?version=${version}`, { method: "POST", body: picture, signal });
// `withPicture`: also the picture as the server sees it, where the browser shows it otherwise or not at all.
export const heatmap = (category: string, version: number, picture: Blob, withPicture: boolean, signal?: AbortSignal) =>
  call<Heatmap>(`${named(category)}/heatmap?version=${version}${withPicture ? "&with_picture=true" : ""}`,
    { method: "POST", body: picture, signal });

export const beginTraining = (request: TrainingRequest) => call<TrainingState>("trainings", post(request));
export const getTraining = (id: number) => call<TrainingState>(`trainings/${id}`);
export const listTrainings = async () => (await call<{ trainings: TrainingState[] }>("trainings")).trainings;
export const stopTraining = (id: number) => call<object>(`trainings/${id}`, { method: "DELETE" });

// Waits where the server asks for it.
export async function sendPicture(id: number, index: number, picture: Blob, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await call<object>(`trainings/${id}/pictures/${index}`, { method: "PUT", body: picture, signal });
      return;
    } catch (error) {
      if (!(error instanceof CallError) || error.retryAfter === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfter! * 1000));
    }
  }
}
