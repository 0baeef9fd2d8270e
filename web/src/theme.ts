// Dark, light, or what the machine is set to.
export type Theme = "auto" | "light" | "dark";
const KEY = "mlfsc-theme";
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

export function applyTheme(chosen: Theme): void {
  if (chosen === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
  localStorage.setItem(KEY, chosen);
}

export const nextTheme = (now: Theme): Theme => NEXT[now];
