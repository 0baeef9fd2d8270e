// Numbers, times and names for people.

// Three or more significant digits, as raw scores are compared.
export const formatScore = (value: number): string =>
  value >= 1000 ? value.toFixed(0) : Number(value.toPrecision(4)).toString();

export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return "< 0.01 %";
  return `${Number(percent.toPrecision(percent >= 10 ? 3 : 2))} %`;
}

export function formatTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function formatSeconds(seconds: number): string {
  if (seconds < 1) return "a moment";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

export const formatBytes = (bytes: number): string =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

// What is wrong with a category's name; empty when the server takes it.
export function faultOfName(name: string): string {
  const strange = name.match(/[^A-Za-z0-9._-]/u)?.[0];
  if (strange) return `“${strange}” cannot be in a name.`;
  if (!/^[A-Za-z0-9]/.test(name)) return "A name begins with a letter or a digit.";
  return name.length > 64 ? `The name has ${name.length} characters; the limit is 64.` : "";
}

