// The page's frame: which category and view is shown, and whether the server is there.
import { useEffect, useRef, useState } from "preact/hooks";
import * as calls from "./calls";
import { versionOf } from "./evaluated_set";
import { count, formatScore } from "./formats";
import { InspectView } from "./inspect";
import { LiveView } from "./live";
import { Notice } from "./parts";
import { usePolling } from "./tasks";
import { applyTheme, nextTheme, theme } from "./theme";
import { ThresholdView } from "./threshold";
import { TrainView } from "./train";
import { AddVersionButton } from "./version_file";
import { VersionsView } from "./versions";
import type { Category, ServerFacts } from "./wire";

const VIEWS = [
  ["", "Inspect"],
  ["threshold", "Threshold"],
  ["versions", "Versions"],
  ["live", "Live"],
  ["train", "Train again"],
] as const;

// "#/carpet/versions" -> the category and the view; "#/" and "#/+" are the welcome and a new category.
interface Route {
  category: string;
  view: string;
}

function routeOf(hash: string): Route {
  const [category = "", view = ""] = hash.replace(/^#\/?/, "").split("/");
  try {
    return { category: decodeURIComponent(category), view };
  } catch {
    return { category, view };
  }
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(window.location.hash));
  useEffect(() => {
    const changed = () => setRoute(routeOf(window.location.hash));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return route;
}

// Of a row of links that may be too long for the screen: brings the one that is chosen into view. `chosen` names it.
function useChosenInView<E extends HTMLElement>(chosen: string) {
  const row = useRef<E>(null);
  useEffect(() => {
    const show = () => {
      const link = row.current?.querySelector<HTMLElement>("[aria-current]");
      if (!row.current || !link) return;
      const left = link.getBoundingClientRect().left - row.current.getBoundingClientRect().left + row.current.scrollLeft;
      row.current.scrollLeft = left + link.offsetWidth / 2 - row.current.clientWidth / 2;
    };
    show();
    window.addEventListener("resize", show);
    return () => window.removeEventListener("resize", show);
  }, [chosen]);
  return row;
}

// Seldom while all is well, often while the server is away.
const POLL_MILLISECONDS = 4000;
const AWAY_MILLISECONDS = 700;

export function App() {
  const route = useRoute();
  const [facts, setFacts] = useState<ServerFacts>();
  const [categories, setCategories] = useState<Category[]>();
  const [trouble, setTrouble] = useState<calls.CallError>();
  const [back, setBack] = useState(false);
  const wasAway = useRef(false);

  async function refresh() {
    try {
      if (!facts) setFacts(await calls.getServer());
      setCategories(await calls.listCategories());
      setTrouble(undefined);
      if (wasAway.current) setBack(true);
      wasAway.current = false;
    } catch (problem) {
      const error = problem instanceof calls.CallError ? problem : new calls.CallError("INTERNAL", String(problem));
      wasAway.current = error.code !== "ACCESS_TOKEN";
      setBack(false);
      setTrouble(error);
    }
  }
  usePolling(refresh, () => (wasAway.current ? AWAY_MILLISECONDS : POLL_MILLISECONDS), [facts?.server]);

  const names = categories?.map((c) => c.category) ?? [];
  const category = categories?.find((c) => c.category === route.category);
  const list = useChosenInView<HTMLUListElement>(`${route.category} ${names.length}`);
  useEffect(() => {
    document.title = category ? `${category.category} · mlfsc inspection` : "mlfsc inspection";
  }, [category?.category]);

  if (trouble?.code === "ACCESS_TOKEN") return <AskForToken trouble={trouble} onToken={refresh} />;
  return (
    <div class="app">
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>To the content</a>
      <header>
        <a class="brand" href="#/"><img src="icon.svg" alt="" width="28" height="28" /> mlfsc <span class="muted">inspection</span></a>
        <span class={`state ${trouble ? "away" : categories ? "there" : ""}`} data-testid="state">
          <span aria-hidden="true">●</span> {trouble ? "not connected" : categories ? facts?.server : "connecting…"}
        </span>
        <ThemeButton />
      </header>
      <nav class="categories" aria-label="Categories">
        {names.length > 0 && <h2>Categories</h2>}
        <ul ref={list}>
          {categories?.map((c) => (
            <li key={c.category}>
              <a href={`#/${encodeURIComponent(c.category)}`} aria-current={c.category === route.category ? "page" : undefined}>
                <span class="name">{c.category}</span>
                <span class="muted">{c.active_version ? `version ${c.active_version}` : "no version answers"}</span>
              </a>
            </li>
          ))}
          <li><a class="new" href="#/+" aria-current={route.category === "+" ? "page" : undefined}>+ New category</a></li>
        </ul>
      </nav>
      <main id="main" tabIndex={-1}>
        {trouble && <Trouble trouble={trouble} server={facts?.server} />}
        {back && !trouble && (
          <Notice kind="good">The server is back. <button type="button" class="quiet" onClick={() => setBack(false)}>Close</button></Notice>
        )}
        {!facts || !categories ? !trouble && <p class="muted">Connecting…</p>
          : route.category === "+" ? <NewCategory taken={names} maxBytes={facts.max_picture_bytes} onTrained={refresh} />
            : category ? <CategoryPage key={category.category} category={category} view={route.view} maxBytes={facts.max_picture_bytes} onChanged={refresh} />
              : <Welcome categories={categories} missing={route.category} />}
      </main>
    </div>
  );
}

function Trouble({ trouble, server }: { trouble: calls.CallError; server?: string }) {
  if (trouble.code === "UNAVAILABLE" || trouble.code === "DEADLINE_EXCEEDED") {
    return (
      <Notice kind="error">
        <strong>The inspection server{server ? ` at ${server}` : ""} does not answer.</strong> This page keeps trying and goes on by
        itself as soon as it is back. <span class="muted">{trouble.message}</span>
      </Notice>
    );
  }
  return <Notice kind="error">{trouble.message}</Notice>;
}

function ThemeButton() {
  const [chosen, setChosen] = useState(theme());
  useEffect(() => applyTheme(chosen), [chosen]);
  const words = { auto: "Auto", light: "Light", dark: "Dark" }[chosen];
  return (
    <button type="button" class="quiet" onClick={() => setChosen(nextTheme(chosen))} aria-label={`Colours: ${words}. Change`}>
      <span aria-hidden="true">{chosen === "dark" ? "☾" : chosen === "light" ? "☀" : "◐"}</span> <span class="words">{words}</span>
    </button>
  );
}

function AskForToken({ trouble, onToken }: { trouble: calls.CallError; onToken: () => void }) {
  const [token, setToken] = useState("");
  return (
    <main class="ask">
      <form class="card stack" onSubmit={(e) => { e.preventDefault(); calls.keepAccessToken(token.trim()); onToken(); }}>
        <h1>mlfsc inspection</h1>
        <p>This page is open to other machines and asks for the inspection server's token. Whoever runs the server has it.</p>
        {trouble.message === "that is not the token" && <Notice kind="error">That is not the token.</Notice>}
        <div class="field">
          <label for="token">Token</label>
          <input id="token" type="password" autocomplete="off" value={token} onInput={(e) => setToken(e.currentTarget.value)} />
        </div>
        <div class="row"><button class="primary" disabled={!token.trim()}>Open</button></div>
      </form>
    </main>
  );
}

function Welcome({ categories, missing }: { categories: Category[]; missing: string }) {
  return (
    <div class="stack narrow">
      {missing && <Notice kind="error">There is no category {missing}.</Notice>}
      <h1>{categories.length === 0 ? "Teach it what good looks like" : "Inspection"}</h1>
      <p class="lead">
        The server learns from pictures of good product. From then on it tells for every picture how far it departs from good,
        and where. No pictures of defects are needed to begin. One product as one camera sees it is a category.
      </p>
      <ol class="steps">
        <li><strong>Collect pictures of good product.</strong> 20 at least, 60 or more are better: same camera, same light, same
          position as on the line. Let them show all the variation that you accept: batches, shifts, suppliers. It learns that
          this is good.</li>
        <li><strong>Train.</strong> Choose the folder. Progress is shown as it learns; it also sets a first threshold by itself.</li>
        <li><strong>Set the threshold.</strong> Show it pictures that it has not learnt from: good ones and, if you have any, defective
          ones. Move the slider until false alarms and misses are where you want them, and save.</li>
        <li><strong>Inspect.</strong> Drop pictures here, or let the line ask the server. Each picture gets a verdict and a heatmap.</li>
      </ol>
      <div class="row">
        <a class="button primary" href="#/+">{categories.length === 0 ? "Start: train the first category" : "Train a new category"}</a>
      </div>
      {categories.length > 0 && <p class="muted">Or choose one of the {count(categories.length, "category", "categories")} in the list.</p>}
    </div>
  );
}

function NewCategory({ taken, maxBytes, onTrained }: { taken: string[]; maxBytes: number; onTrained: () => Promise<void> }) {
  const [error, setError] = useState("");
  return (
    <div class="stack">
      <h1>A new category</h1>
      <TrainView taken={taken} maxBytes={maxBytes} onTrained={onTrained}>
        <section>
          <h2>Or bring one from another server</h2>
          <p class="muted">The other server's page saves a version to a file, under “Versions”. It comes in under the name that it has there.</p>
          {error && <Notice kind="error">{error}</Notice>}
          <div class="row">
            <AddVersionButton category="" maxBytes={maxBytes} onError={setError} onAdded={async (added) => {
              await onTrained();
              window.location.hash = `#/${encodeURIComponent(added.category)}/versions`;
            }} />
          </div>
        </section>
      </TrainView>
    </div>
  );
}

interface CategoryPageProps {
  category: Category;
  view: string;
  maxBytes: number;
  onChanged: () => void;
}

function CategoryPage({ category, view, maxBytes, onChanged }: CategoryPageProps) {
  const active = versionOf(category, category.active_version);
  const tabs = useChosenInView<HTMLElement>(view);
  return (
    <div class="stack">
      <div class="title">
        <h1>{category.category}</h1>
        <p class="muted" data-testid="answers">
          {active ? <>Version <strong>{active.version}</strong> answers · threshold <strong>{formatScore(active.calibration.threshold)}</strong>
            {" "}· review from {formatScore(active.calibration.review_low)} to {formatScore(active.calibration.review_high)}
            {" "}· learnt from {count(active.pictures, "picture")}</> : "No version answers."}
        </p>
        {category.error && <Notice kind="error">{category.error}</Notice>}
      </div>
      <nav class="tabs" ref={tabs} aria-label={`Views of ${category.category}`}>
        {VIEWS.map(([path, words]) => (
          <a key={path} href={`#/${encodeURIComponent(category.category)}${path && `/${path}`}`}
            aria-current={view === path ? "page" : undefined}>{words}</a>
        ))}
      </nav>
      {view === "threshold" ? <ThresholdView category={category} maxBytes={maxBytes} onSaved={onChanged} />
        : view === "versions" ? <VersionsView category={category} maxBytes={maxBytes} onChanged={onChanged} />
          : view === "live" ? <LiveView category={category} />
            : view === "train" ? <TrainView category={category} maxBytes={maxBytes} onTrained={onChanged} />
              : <InspectView category={category} maxBytes={maxBytes} />}
    </div>
  );
}
