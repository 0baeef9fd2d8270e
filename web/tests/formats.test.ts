import assert from "node:assert/strict";
import test from "node:test";
import { faultOfName } from "../src/formats";

test("a name that the server takes has no fault", () => {
  for (const name of ["a", "gasket-40", "0.5_mm", "x".repeat(64)]) assert.equal(faultOfName(name), "", name);
});

test("the fault of a name says what is wrong with it", () => {
  assert.match(faultOfName("Dichtung Ø40"), /“ ” cannot be in a name/);
  assert.match(faultOfName("Ø40"), /“Ø”/);
  assert.match(faultOfName("a/b"), /“\/”/);
  assert.match(faultOfName("-a"), /begins with a letter or a digit/);
  assert.match(faultOfName(""), /begins with a letter or a digit/);
  assert.match(faultOfName("x".repeat(65)), /65 characters; the limit is 64/);
});
