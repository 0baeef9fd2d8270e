import assert from "node:assert/strict";
import test from "node:test";
import { csvField, csvOf } from "../src/csv";

test("no cell is a formula in a spreadsheet", () => {
  for (const text of ["=1+1", "+1", "-1", "@sum", "＝1", "＋1", "－1", "＠x"]) {
    assert.equal(csvField(text, true), `'${text}`);
    assert.equal(csvField(text, true, true), `./${text}`);
    assert.equal(csvField(text, false), text);
  }
  assert.equal(csvField("\t=1", true), "\"'\t=1\"");
  assert.equal(csvField("a;=1", true), "\"a;=1\"");
  assert.equal(csvField("a;=1", false), "a;=1");
});

test("a picture is a line, whatever its name", () => {
  const lines = csvOf([{ picture: "a,\"b\"\u001b\n.png", error: "=cut short" }], true).split("\r\n");
  assert.equal(lines.length, 3);
  assert.equal(lines[1], "\"a,\"\"b\"\"  .png\",,,,,,,,'=cut short");
});
