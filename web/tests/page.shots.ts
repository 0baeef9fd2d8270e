// Pictures of the page for the documentation, all of generated cloth:
//   node --test page.shots.mjs, with the environment that ctest gives and MLFSC_SHOTS, a folder to write to.
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { Harness, train } from "./harness";

const harness = new Harness();
const out = process.env["MLFSC_SHOTS"] ?? ".";
const DESKTOP = { width: 1280, height: 860 };
const TABLET = { width: 820, height: 1180 };
const TABLET_LYING = { width: 1024, height: 768 };
const PHONE = { width: 375, height: 812 };

before(async () => {
  harness.generatePictures({ train: 60, "test-good": 24, "test-defective": 6, size: 256 });
  await harness.startServer();
  await harness.startWeb();
});

after(async () => {
  await harness.stop();
});

const shot = (page: Page, name: string, fullPage = false) => page.screenshot({ path: join(out, `${name}.png`), fullPage });

async function visit(page: Page, options: { shots: string; category: string }): Promise<void> {
  const view = (words: string) => page.getByRole("navigation", { name: /^Views/ }).getByRole("link", { name: words }).click();
  await page.getByRole("navigation", { name: "Categories" }).getByRole("link", { name: options.category }).click();
  await view("Threshold");
  await page.getByTestId("test-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test"));
  await page.getByText(/to go$/).waitFor();
  await page.getByText(/to go$/).waitFor({ state: "detached" });
  await shot(page, `${options.shots}-threshold`, true);
  await view("Inspect");
  await page.getByTestId("inspect-drop").locator("input[type=file]").first().setInputFiles(
    ["stain", "hole", "scratch"].map((kind) => join(harness.pictures, "test", kind, "001.png"))
      .concat(["000", "001"].map((name) => join(harness.pictures, "test/good", `${name}.png`))));
  await page.getByTestId("scored").nth(2).click();
  await page.getByTestId("heatmap").waitFor();
  await page.getByText(/to go$/).waitFor({ state: "detached" });
  await page.getByText(/^Looking/).waitFor({ state: "detached" });
  await shot(page, `${options.shots}-inspect`, true);
  await view("Versions");
  await shot(page, `${options.shots}-versions`, true);
  await view("Live");
  await page.getByText("The server", { exact: true }).waitFor({ timeout: 3000 }).catch(() => {});
  await shot(page, `${options.shots}-live`, true);
  await view("Train again");
  await shot(page, `${options.shots}-train`, true);
}

const looks: [string, BrowserContextOptions][] = [
  ["desktop-light", { viewport: DESKTOP, colorScheme: "light" }],
  ["desktop-dark", { viewport: DESKTOP, colorScheme: "dark" }],
  ["tablet-light", { viewport: TABLET, colorScheme: "light", hasTouch: true }],
  ["tablet-dark", { viewport: TABLET, colorScheme: "dark", hasTouch: true }],
  ["tablet-lying", { viewport: TABLET_LYING, colorScheme: "light", hasTouch: true }],
  ["phone", { viewport: PHONE, colorScheme: "light", hasTouch: true }],
];

test("welcome and training", async () => {
  const page = await harness.open({ viewport: DESKTOP, colorScheme: "light" });
  await page.getByRole("heading", { name: "Teach it" }).waitFor();
  await shot(page, "welcome");
  const learnt = train(page, "cloth", harness.pictures, false);
  await page.getByText(/^About/).waitFor();
  await shot(page, "training");
  await learnt;
  await shot(page, "learnt");
});

for (const [shots, options] of looks) {
  test(shots, async () => {
    await visit(await harness.open(options), { shots, category: "cloth" });
  });
}

// A history worth showing: learnt, a threshold moved, and set anew.
test("versions", async () => {
  const page = await harness.open({ viewport: DESKTOP, colorScheme: "light" });
  const view = (words: string) => page.getByRole("navigation", { name: /^Views/ }).getByRole("link", { name: words }).click();
  await page.getByRole("navigation", { name: "Categories" }).getByRole("link", { name: "cloth" }).click();
  await view("Threshold");
  await page.getByTestId("test-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test"));
  await page.getByRole("button", { name: /^Fewest errors/ }).waitFor();
  await page.getByText(/to go$/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Fewest errors/ }).click();
  await page.getByTestId("save-threshold").click();
  await page.getByText(/^Version 2 answers now/).waitFor();
  await shot(page, "saved", true);
  await view("Train again");
  await page.getByRole("radio", { name: /^Only the conditions/ }).check();
  await page.getByTestId("train-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test/good"));
  await shot(page, "anew");
  await page.getByTestId("train").click();
  await page.getByTestId("learnt").waitFor();
  await view("Versions");
  await page.getByTestId("version-3").waitFor();
  await shot(page, "versions");
});
