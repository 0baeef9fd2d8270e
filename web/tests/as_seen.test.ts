import assert from "node:assert/strict";
import test from "node:test";
import { showsAsSeen } from "../src/as_seen";
import { grey16Png, grey8Png, pngFile } from "./picture_files";

const grey = Array.from({ length: 16 * 16 }, (_, i) => i);
const TIFF = Buffer.from("MM\0*\0\0\0\b", "latin1");

test("8 bits a sample without alpha are shown as the server sees them", () => {
  assert.ok(showsAsSeen(grey8Png(16, grey)));
  assert.ok(showsAsSeen(Buffer.from([0xff, 0xd8, 0xff, 0xe0])), "JPEG");
  assert.ok(showsAsSeen(Buffer.from("BM")));
});

test("samples of 16 bits, alpha, a turned PNG and TIFF are not", () => {
  assert.ok(!showsAsSeen(grey16Png(16, grey, 12)));
  for (const [bits, colour] of [[8, 4], [8, 6], [16, 0], [16, 2]] as const) {
    assert.ok(!showsAsSeen(pngFile(1, bits, colour, Buffer.alloc(9))), `${bits} bits, colour type ${colour}`);
  }
  for (const kind of ["tRNS", "eXIf"]) {
    assert.ok(!showsAsSeen(pngFile(1, 8, 2, Buffer.alloc(4), [[kind, Buffer.alloc(6)]])), kind);
  }
  assert.ok(!showsAsSeen(TIFF));
});

test("nor is what is no picture, or ends too soon", () => {
  const whole = grey8Png(16, grey);
  for (const end of [0, 1, 7, 20, 25, 33, 40]) assert.ok(!showsAsSeen(whole.subarray(0, end)), String(end));
});
