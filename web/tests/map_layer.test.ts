import assert from "node:assert/strict";
import test from "node:test";
import { alphasAt, levelOf } from "../src/map_layer";

test("black is the scale's beginning and its pale yellow the end", () => {
  assert.equal(levelOf(0, 0, 0), 0);
  assert.ok(levelOf(252, 255, 164) >= 253);
});

// Inferno at a quarter, the half and three quarters of its way.
test("lightness tells how far up the scale a colour is", () => {
  for (const [red, green, blue, share] of [[87, 16, 110, 0.25], [188, 55, 84, 0.5], [249, 142, 9, 0.75]] as const) {
    assert.ok(Math.abs(levelOf(red, green, blue) / 255 - share) < 0.06, `${share}: ${levelOf(red, green, blue) / 255}`);
  }
});

test("the map is all there at opacity 1 and gone at 0", () => {
  assert.ok(alphasAt(1).every((alpha) => alpha === 255));
  assert.ok(alphasAt(0).every((alpha) => alpha === 0));
});

test("in between the picture shows through where the map is dark", () => {
  const alphas = alphasAt(0.6);
  assert.ok(alphas[0]! < 25);
  assert.equal(alphas[255], 153);
});
