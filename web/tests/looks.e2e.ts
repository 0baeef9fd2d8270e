// What is seen: pictures that a browser shows otherwise than the server sees them, and the page on small screens.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import type { Page } from "playwright-core";
import { eventually, Harness, steps, train } from "./harness";
import { grey16Png, grey16Tiff, grey8Png } from "./picture_files";

const PHONE = { width: 375, height: 812 };
const TABLET = { width: 1024, height: 768 };
const SIDE = 160;
const VIEWS = ["Inspect", "Threshold", "Versions", "Live", "Train again"];

const harness = new Harness();
const trouble: string[] = [];
let page: Page;
const file = (name: string) => join(harness.folder, "twins", name);
const step = steps(async () => [await page.locator("body").innerText(), ...trouble, harness.logs()].join("\n"));

before(async () => {
  harness.generatePictures({ train: 14, "test-good": 4, "test-defective": 1, size: SIDE, seed: 3 });
  writeTwins();
  await harness.startServer();
  await harness.startWeb();
  page = await harness.open({ viewport: TABLET }, trouble);
});

after(async () => {
  await harness.stop();
});

// The same picture in 8, 12 and 16 bits.
function writeTwins(): void {
  const grey = (i: number) => 80 + Math.round(60 * Math.sin((i % SIDE) / 9) * Math.cos(i / SIDE / 7));
  const samples = (white: number) => Array.from({ length: SIDE * SIDE }, (_, i) => Math.round((grey(i) * white) / 255));
  mkdirSync(join(harness.folder, "twins"));
  writeFileSync(file("8.png"), grey8Png(SIDE, samples(255)));
  writeFileSync(file("12.png"), grey16Png(SIDE, samples(4095), 12));
  writeFileSync(file("16.tif"), grey16Tiff(SIDE, samples(65535)));
}

const view = (words: string) => page.getByRole("navigation", { name: /^Views/ }).getByRole("link", { name: words });

const inspectFiles = (...paths: string[]) =>
  page.getByTestId("inspect-drop").locator("input[type=file]").first().setInputFiles(paths);

// Shows one of the listed pictures.
async function choose(name: string): Promise<void> {
  await page.getByTestId("scored").filter({ hasText: name }).click();
  await page.getByTestId("heatmap").waitFor();
  await page.getByRole("img", { name: new RegExp(`^${name.replace(".", "\\.")}\\. `) }).waitFor();
}

const meanGrey = (testId: string): Promise<number> => page.getByTestId(testId).evaluate((element) => {
  const canvas = element as HTMLCanvasElement;
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
  return sum / (data.length / 4);
});

const thumbnailMean = (name: string): Promise<number> =>
  page.getByTestId("scored").filter({ hasText: name }).locator("img").evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    const context = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.naturalWidth, image.naturalHeight);
    return data.reduce((sum, value, i) => (i % 4 === 3 ? sum : sum + value), 0) / (data.length / 4) / 3;
  });

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
const boxOf = (selector: string): Promise<Box> => page.locator(selector).first().evaluate((element) => {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return { left, right, top, bottom };
});

async function assertNoSidewaysScrolling(what: string): Promise<void> {
  const widths = await page.evaluate(() => ({ wanted: document.documentElement.scrollWidth, there: window.innerWidth }));
  assert.ok(widths.wanted <= widths.there, `${what}: ${widths.wanted} px wide in ${widths.there}`);
}

// Of the field to drop pictures on: its buttons stay within its border.
async function assertButtonsAreInside(what: string): Promise<void> {
  const field = await boxOf(".drop");
  for (const button of await page.locator(".drop").first().getByRole("button").all()) {
    const box = (await button.boundingBox())!;
    assert.ok(box.x >= field.left && box.x + box.width <= field.right, `${what}: a button from ${box.x}, ${box.width} px wide`);
  }
}

async function assertActiveTabIsSeen(what: string): Promise<void> {
  await eventually(async () => {
    const tab = await boxOf(".tabs a[aria-current]");
    assert.ok(tab.left >= 0 && tab.right <= PHONE.width, `${what}: the tab reaches from ${tab.left} to ${tab.right}`);
  });
}

step("a category is learnt", async () => {
  await train(page, "cloth", harness.pictures, true);
  await page.getByRole("navigation", { name: "Categories" }).getByRole("link", { name: "cloth" }).click();
});

step("a picture of 12 or 16 bits is as bright as its twin of 8, with its map over it", async () => {
  await inspectFiles(file("8.png"), file("12.png"), file("16.tif"));
  // Nobody has looked at it yet.
  await page.getByTestId("scored").filter({ hasText: "16.tif" }).locator(".no-thumb").waitFor();
  await choose("8.png");
  const want = await meanGrey("picture");
  assert.ok(want > 60 && want < 100, `${want}`);
  for (const name of ["12.png", "16.tif"]) {
    await choose(name);
    await page.getByRole("checkbox", { name: "Regions" }).uncheck();
    await eventually(async () => {
      const seen = await meanGrey("picture");
      assert.ok(Math.abs(seen - want) <= 2, `${name}: ${seen} for ${want}`);
    });
    await page.getByTestId("opacity").focus();
    await page.keyboard.press("Home");
    await eventually(async () => assert.ok(Math.abs(await meanGrey("heatmap") - want) <= 2, `${name}: without its map`));
    await page.keyboard.press("End");
    await eventually(async () => assert.ok(Math.abs(await meanGrey("heatmap") - want) > 5, `${name}: all map`));
    await page.getByRole("checkbox", { name: "Regions" }).check();
    await eventually(async () => {
      const thumbnail = await thumbnailMean(name);
      assert.ok(Math.abs(thumbnail - want) <= 4, `${name}: its thumbnail is ${thumbnail} for ${want}`);
    });
  }
});

step("on a tablet picture and map are in the first view", async () => {
  await page.reload();
  await inspectFiles(join(harness.pictures, "test/hole/000.png"), join(harness.pictures, "test/good/000.png"));
  await page.getByTestId("heatmap").waitFor();
  for (const testId of ["picture", "heatmap"]) {
    await eventually(async () => {
      const box = await boxOf(`[data-testid="${testId}"]`);
      const seen = box.left >= 0 && box.top >= 0 && box.right <= TABLET.width && box.bottom <= TABLET.height;
      assert.ok(seen, `${testId}: ${JSON.stringify(box)}`);
      assert.ok(box.bottom - box.top >= 200, `${testId} is ${box.bottom - box.top} px high`);
    });
  }
  assert.equal(await page.evaluate(() => window.scrollY), 0);
});

step("on a phone no view scrolls sideways, and its tab is seen", async () => {
  await page.setViewportSize(PHONE);
  for (const words of VIEWS) {
    await view(words).click();
    await page.locator(".tabs a[aria-current]", { hasText: words }).waitFor();
    if (words === "Threshold") {
      await page.getByTestId("test-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test"));
      await page.getByText(/to go$/).waitFor({ state: "detached" });
      await page.getByTestId("threshold").waitFor();
    }
    if (words === "Live") await page.getByTestId("hour-pictures").waitFor();
    await assertActiveTabIsSeen(words);
    await assertNoSidewaysScrolling(words);
    if (words === "Inspect") await assertButtonsAreInside(words);
    await page.reload();
    await page.locator(".tabs a[aria-current]", { hasText: words }).waitFor();
    await assertActiveTabIsSeen(`${words}, loaded anew`);
    await assertNoSidewaysScrolling(`${words}, loaded anew`);
  }
});

step("nor does a picture with its map, alone or in its dialog, nor what a newcomer sees", async () => {
  await view("Inspect").click();
  await inspectFiles(join(harness.pictures, "test/hole/000.png"), file("12.png"));
  await page.getByTestId("heatmap").waitFor();
  await assertNoSidewaysScrolling("Inspect with pictures");
  await view("Threshold").click();
  await page.getByTestId("test-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test"));
  await page.getByText(/to go$/).waitFor({ state: "detached" });
  await page.getByTestId("threshold").focus();
  await page.keyboard.press("Home");
  await page.locator(".thumb-button").first().click();
  await page.getByTestId("heatmap").waitFor();
  await assertNoSidewaysScrolling("a picture's dialog");
  const dialog = await page.locator("dialog").evaluate((element) => ({ wanted: element.scrollWidth, there: element.clientWidth }));
  assert.ok(dialog.wanted <= dialog.there, `the dialog is ${dialog.wanted} px wide in ${dialog.there}`);
  await page.keyboard.press("Escape");
  for (const [hash, heading] of [["#/", "Inspection"], ["#/+", "A new category"]] as const) {
    await page.goto(`${harness.url}${hash}`);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await assertNoSidewaysScrolling(heading);
  }
});

step("all that time no script or style was refused", () => {
  assert.deepEqual(trouble, []);
});
