import assert from "node:assert/strict";
import test from "node:test";
import { describePassedOver, picturesOf, shownName, testPictures, trainingPictures } from "../src/folder";

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

test("what is in sub-folders is counted, and taken when asked for", () => {
  const files = ["day/1.png", "day/a/2.png", "day/a/3.png", "day/b/c/4.png"].map(file);
  const chosen = trainingPictures(files);
  assert.deepEqual([names(chosen.pictures), chosen.below, chosen.subFolders], [["day/1.png"], 3, 2]);
  assert.equal(trainingPictures(files, true).pictures.length, 4);
  const set = ["tile/train/good/2026-11-01/1.png", "tile/test/good/1.png"].map(file);
  assert.deepEqual([trainingPictures(set).pictures.length, trainingPictures(set).below], [0, 1]);
  assert.equal(trainingPictures(set, true).pictures.length, 1);
});

test("masks beside their pictures are no pictures", () => {
  const files = ["t/a.png", "t/a_mask.png", "t/b.png", "t/b-GT.bmp", "t/c_mask_2.png", "t/c.jpg", "t/lone_mask.png"].map(file);
  assert.deepEqual(names(picturesOf(files).map((f) => f.file)), ["t/a.png", "t/b.png", "t/c.jpg", "t/lone_mask.png"]);
});

test("files passed over are counted by their ending", () => {
  const files = ["d/a.png", "d/1.webp", "d/2.WEBP", "d/3.txt", "d/Makefile", "d/.DS_Store"].map(file);
  assert.equal(describePassedOver(files), "4 other files passed over: 2 .webp, 1 .txt, 1 without an ending");
  assert.equal(describePassedOver([file("d/a.png")]), "");
});

test("pictures of the same name are told apart by their folders", () => {
  assert.equal(shownName(file("line1/000.png")), "line1/000.png");
  assert.equal(shownName({ name: "000.png", webkitRelativePath: "" }), "000.png");
});
