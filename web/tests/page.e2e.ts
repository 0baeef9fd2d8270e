// The way of somebody who sees the page for the first time, from a folder of pictures to a threshold and back.
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before } from "node:test";
import type { Locator, Page } from "playwright-core";
import { eventually, Harness, steps, train } from "./harness";

const harness = new Harness();
const trouble: string[] = [];
let page: Page;
const step = steps(async () => [await page.locator("body").innerText(), ...trouble, harness.logs()].join("\n"));
// Version 2 as a file.
let saved = "";

before(async () => {
  harness.generatePictures({ train: 14, "test-good": 4, "test-defective": 1, size: 160, seed: 3 });
  await harness.startServer();
  await harness.startWeb();
  page = await harness.open({ viewport: { width: 1280, height: 900 } }, trouble);
});

after(async () => {
  await harness.stop();
});

const view = (words: string) => page.getByRole("navigation", { name: /^Views/ }).getByRole("link", { name: words });
const answers = () => page.getByTestId("answers");

// What is shown, when it comes to be shown.
const shows = (what: Locator, words: string | RegExp) => eventually(async () => {
  const shown = await what.innerText();
  if (typeof words === "string") assert.equal(shown, words);
  else assert.match(shown, words);
});

// Where a canvas is brightest, as shares of its size, and what is there and far from there.
interface HotSpot {
  x: number;
  y: number;
  brightest: number;
  median: number;
}
const hotSpot = (testId: string): Promise<HotSpot> => page.getByTestId(testId).evaluate((element) => {
  const canvas = element as HTMLCanvasElement;
  const { data, width, height } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  const brightness = (i: number) => (data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!) / 3;
  const all = Array.from({ length: width * height }, (_, i) => brightness(i));
  const brightest = Math.max(...all.filter((_, i) => i % 3 === 0));
  // The middle of what is nearly as bright.
  let x = 0, y = 0, count = 0;
  all.forEach((value, i) => {
    if (value < 0.9 * brightest) return;
    x += i % width;
    y += Math.floor(i / width);
    ++count;
  });
  const sorted = [...all].sort((a, b) => a - b);
  return { x: x / count / width, y: y / count / height, brightest, median: sorted[sorted.length >> 1]! };
});

// The defect's box in a mask, as shares of its size.
const defectBox = (mask: string): Promise<{ left: number; right: number; top: number; bottom: number }> =>
  page.evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    let left = 1, right = 0, top = 1, bottom = 0;
    for (let i = 0; i < width * height; ++i) {
      if (data[4 * i]! < 128) continue;
      const x = (i % width) / width, y = Math.floor(i / width) / height;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
    }
    return { left, right, top, bottom };
  }, harness.read(mask).toString("base64"));

// A black picture: 24 bits a pixel, `side` (a multiple of 4) pixels a side.
function blackBmp(side: number): Buffer {
  const file = Buffer.alloc(54 + 3 * side * side);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}

step("a newcomer trains from a folder", async () => {
  await page.getByRole("heading", { name: "Teach it what good looks like" }).waitFor();
  await page.getByRole("link", { name: "+ New category" }).click();
  const name = page.getByLabel("1. Give the product a name");
  await name.fill("Tuch Ø 40");
  await eventually(async () => assert.equal(await name.inputValue(), "Tuch-Ø-40"));
  await page.getByText("“Ø” cannot be in a name.").waitFor();
  assert.ok(await page.getByTestId("train").isDisabled());
  await page.getByRole("link", { name: "mlfsc inspection" }).click();
  await train(page, "cloth", harness.pictures, true);
  await shows(page.getByTestId("learnt"), /version 1 is learnt from 14 pictures/);
});

step("the threshold is moved by keyboard among known pictures, and saved as a new version", async () => {
  await page.getByRole("link", { name: "Test it and set the threshold" }).click();
  await page.getByTestId("test-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test"));
  await page.getByText(/^4 good pictures, 6 defective$/).waitFor();
  const falseAlarms = page.getByTestId("false-alarms").locator("strong");
  const misses = page.getByTestId("misses").locator("strong");
  // All are scored.
  await shows(falseAlarms, / of 4$/);
  await shows(misses, / of 6$/);

  const slider = page.getByTestId("threshold");
  await slider.focus();
  await page.keyboard.press("Home");
  await shows(falseAlarms, "4 of 4");
  await shows(misses, "0 of 6");
  await page.keyboard.press("End");
  await shows(falseAlarms, "0 of 4");
  await shows(misses, "6 of 6");
  // The highest good picture is just below that threshold: a person looks at it.
  await page.getByRole("button", { name: /^No false alarms/ }).click();
  await shows(falseAlarms, "0 of 4");
  await shows(page.getByTestId("review").locator("strong"), /^[1-9] of 10$/);
  await page.getByText(/^[1-4] good and \d defective in the grey band$/).waitFor();
  // The picture itself is shown as the version that answers sees it, and the page says so.
  await slider.focus();
  await page.keyboard.press("Home");
  await page.locator(".thumb-button").first().click();
  await page.getByText(/it is flagged\. That is not\s+saved yet/).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^No false alarms/ }).click();
  await shows(falseAlarms, "0 of 4");
  const moved = await page.getByLabel("Threshold", { exact: true }).last().inputValue();

  await page.getByTestId("save-threshold").click();
  await page.getByText(/^Version 2 answers now/).waitFor();
  await shows(answers(), /Version 2 answers/);
  assert.ok((await answers().innerText()).includes(`threshold ${moved}`), `${await answers().innerText()}: ${moved}`);
  // Moving the threshold leaves the scores what they are.
  await shows(falseAlarms, "0 of 4");
});

step("one click brings the old version back", async () => {
  await view("Versions").click();
  await shows(page.getByTestId("version-2"), /answers[\s\S]*threshold of version 1 moved/);
  await page.getByTestId("version-1").getByRole("button", { name: "Bring back" }).click();
  await page.getByText("Version 1 answers now, instead of version 2.").waitFor();
  await shows(answers(), /Version 1 answers/);
});

step("a version leaves as a file and comes back from it", async () => {
  const [download] = await Promise.all([
    page.waitForEvent("download"), page.getByRole("button", { name: "Save version 2 to a file" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "cloth-2.safetensors");
  saved = await download.path();
  await page.getByText("Version 2 is saved as cloth-2.safetensors.").waitFor();
  await page.getByTestId("version-file").setInputFiles(saved);
  await page.getByText("Version 3 is added from the file. Version 1 still answers.").waitFor();
  await shows(page.getByTestId("version-3"), /the same as version 2/);
  await shows(answers(), /Version 1 answers/);

  await page.getByTestId("version-file").setInputFiles(join(harness.pictures, "test/good/000.png"));
  await page.getByRole("alert").getByText(/^000\.png is not added: .*no exported category/).waitFor();
});

step("the threshold is set anew from other good pictures, and nothing is learnt", async () => {
  await view("Train again").click();
  await page.getByRole("radio", { name: /^Only the conditions/ }).check();
  await page.getByTestId("train-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "test/good"));
  await page.getByRole("button", { name: "Set the threshold anew" }).click();
  await shows(page.getByTestId("learnt"), /version 4 is version 1 with its threshold set anew/);
  await view("Versions").click();
  await shows(page.getByTestId("version-4"), /answers[\s\S]*learnt from 14 pictures, threshold set anew from 4/);
  await page.getByTestId("version-1").getByRole("button", { name: "Bring back" }).click();
  await page.getByText("Version 1 answers now, instead of version 4.").waitFor();
});

step("a black frame among the good pictures is named, and kept out on request", async () => {
  cpSync(join(harness.pictures, "train/good"), join(harness.pictures, "with-black"), { recursive: true });
  writeFileSync(join(harness.pictures, "with-black/zz.bmp"), blackBmp(160));
  await view("Train again").click();
  await page.getByTestId("train-drop").locator("input[webkitdirectory]").setInputFiles(join(harness.pictures, "with-black"));
  await page.getByText(/^Settings/).click();
  await page.getByLabel("Picture size inside the network").selectOption("128");
  await page.getByLabel("What is looked at").selectOption("single_pass");
  await page.getByTestId("train").click();
  await shows(page.getByTestId("learnt"), /1 picture does not look like the others:[\s\S]*with-black\/zz\.bmp, score .*: black: brightest grey 0 of 255/);
  await page.getByRole("button", { name: "Train again without them" }).click();
  await page.getByTestId("train").click();
  await shows(page.getByTestId("learnt"), /learnt from 14 pictures[\s\S]*1 picture does not look like the others and was kept out/);
  await view("Versions").click();
  await page.getByTestId("version-1").getByRole("button", { name: "Bring back" }).click();
  await page.getByText(/^Version 1 answers now/).waitFor();
});

step("the heatmap's hot spot is where the defect is", async () => {
  await view("Inspect").click();
  await page.getByTestId("inspect-drop").locator("input[type=file]").first().setInputFiles([
    join(harness.pictures, "test/hole/000.png"), join(harness.pictures, "test/good/000.png"),
  ]);
  await page.getByTestId("heatmap").waitFor();
  const badges = page.getByTestId("scored").locator(".badge");
  await eventually(async () => assert.deepEqual(
    (await badges.allInnerTexts()).map((words) => words.replace(/\s+/, " ")), ["✕ Not OK", "✓ OK"]));

  // All map, by keyboard.
  await page.getByTestId("opacity").focus();
  await page.keyboard.press("End");
  await page.getByText("100 %", { exact: true }).waitFor();
  const box = await defectBox("cloth/ground_truth/hole/000_mask.png");
  await eventually(async () => {
    const spot = await hotSpot("heatmap");
    // A map is as coarse as its patches: a quarter of the picture a side, and a cell.
    const away = Math.hypot(spot.x - (box.left + box.right) / 2, spot.y - (box.top + box.bottom) / 2);
    assert.ok(away < 0.3, JSON.stringify({ spot, box }));
    assert.ok(spot.brightest > 1.3 * spot.median, JSON.stringify(spot));
  });

  // No map: the picture itself.
  await page.keyboard.press("Home");
  await page.getByText("0 %", { exact: true }).waitFor();
  await page.getByRole("checkbox", { name: "Regions" }).uncheck();
  await page.waitForFunction(() => {
    const [picture, heatmap] = ["picture", "heatmap"].map((testId) =>
      document.querySelector<HTMLCanvasElement>(`canvas[data-testid="${testId}"]`)!.toDataURL());
    return picture === heatmap;
  });

  // The arrow keys walk through the pictures.
  await page.getByTestId("scored").first().locator("input").focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("region", { name: "Chosen picture" }).getByText("None: nothing here departs from good.").waitFor();
});

step("the live view counts what was scored", async () => {
  await view("Live").click();
  await eventually(async () => {
    const pictures = Number(await page.getByTestId("hour-pictures").innerText());
    assert.ok(pictures >= 12, `${pictures} pictures`);
  });
});

step("a server that goes away and comes back needs nobody to load the page again", async () => {
  assert.equal(await harness.stopServer(), 0);
  await page.getByRole("alert").getByText(/does not answer/).waitFor();
  await shows(page.getByTestId("state"), /not connected/);
  await harness.startServer();
  await page.getByText("The server is back.").waitFor();
  await shows(answers(), /Version 1 answers/);
});

step("so does the page's own server", async () => {
  assert.equal(await harness.stopWeb(), 0);
  await page.getByText(/`mlfsc web` does not answer/).waitFor();
  await harness.startWeb();
  await page.getByText("The server is back.").waitFor();
  await view("Versions").click();
  await page.getByTestId("version-2").getByRole("button", { name: "Let it answer" }).click();
  await page.getByText("Version 2 answers now, instead of version 1.").waitFor();
});

step("a category that is gone comes back from its file, and answers", async () => {
  await page.getByRole("button", { name: "Delete the category…" }).click();
  await page.getByRole("button", { name: "Delete cloth" }).click();
  await page.getByRole("heading", { name: "Teach it what good looks like" }).waitFor();
  await page.getByRole("link", { name: "+ New category" }).click();
  await page.getByTestId("version-file").setInputFiles(saved);
  await page.getByRole("heading", { name: "cloth" }).waitFor();
  await shows(answers(), /^Version \d+ answers · threshold [\d.]+/);
});

step("all that time the page asked nobody else, and no script or style was refused", () => {
  assert.deepEqual(trouble, []);
});
