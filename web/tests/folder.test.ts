import assert from "node:assert/strict";
import test from "node:test";
import { picturesOf, testPictures, trainingPictures } from "../src/folder";

const file = (path: string) => ({ name: path.split("/").pop()!, webkitRelativePath: path });
const names = (files: { webkitRelativePath: string }[]) => files.map((f) => f.webkitRelativePath);
const dataSet = [
  "tile/train/good/001.png", "tile/train/good/000.PNG", "tile/test/good/000.png", "tile/test/crack/000.png",
  "tile/ground_truth/crack/000_mask.png", "tile/readme.txt", "tile/.hidden/a.png",
].map(file);

test("a plain folder is learnt from whole, in the order of names", () => {
  const chosen = trainingPictures(["b/2.jpg", "b/1.tif", "b/notes.txt", "b/.3.png"].map(file));
  assert.deepEqual(names(chosen.pictures), ["b/1.tif", "b/2.jpg"]);
  assert.equal(chosen.leftOut, 0);
});

test("of a data set only train/good is learnt from", () => {
  const chosen = trainingPictures(dataSet);
  assert.deepEqual(names(chosen.pictures), ["tile/train/good/000.PNG", "tile/train/good/001.png"]);
  assert.equal(chosen.leftOut, 3);
});

test("test pictures and masks are never learnt from", () => {
  const chosen = trainingPictures(["t/a.png", "t/test/scratch/a.png", "t/ground_truth/scratch/a.png"].map(file));
  assert.deepEqual(names(chosen.pictures), ["t/a.png"]);
});

test("of a data set only test/ is evaluated, and its folders say what is good", () => {
  assert.deepEqual(testPictures(dataSet).map((p) => [p.file.webkitRelativePath, p.kind]),
    [["tile/test/crack/000.png", "crack"], ["tile/test/good/000.png", "good"]]);
});

test("the test folder alone does as well", () => {
  assert.deepEqual(testPictures(["test/good/0.png", "test/hole/0.png"].map(file)).map((p) => p.kind), ["good", "hole"]);
});

test("without a folder called good only the user knows which is which", () => {
  assert.deepEqual(testPictures(["mixed/0.png", "mixed/1.png"].map(file)), []);
});

test("files that were chosen one by one have no folders", () => {
  assert.deepEqual(picturesOf([{ name: "a.bmp", webkitRelativePath: "" }]).map((f) => f.folders), [[]]);
});

test("of good and defective pictures side by side only the good ones are learnt from", () => {
  const { pictures, leftOut, from } = trainingPictures([
    file("parts/good/1.png"), file("parts/scratch/1.png"), file("parts/good/2.png"),
  ]);
  assert.deepEqual([names(pictures), leftOut, from], [["parts/good/1.png", "parts/good/2.png"], 1, "good"]);
});
