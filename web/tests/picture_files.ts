// Picture files of grey samples, as cameras write them.
import { deflateSync } from "node:zlib";

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const size = Buffer.alloc(4), crc = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, crc]);
}

// `rows`: a filter byte and the samples of each row. `chunks`: what stands before them.
export function pngFile(side: number, bits: number, colour: number, rows: Buffer, chunks: [string, Buffer][] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = bits;
  header[9] = colour;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk("IHDR", header),
    ...chunks.map(([kind, data]) => chunk(kind, data)), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

export function grey8Png(side: number, samples: number[]): Buffer {
  const rows = Buffer.alloc(side * (side + 1));
  samples.forEach((sample, i) => rows.writeUInt8(sample, i + Math.floor(i / side) + 1));
  return pngFile(side, 8, 0, rows);
}

// `significantBits`: how many of the 16 are used, from the lowest, which the file states (sBIT).
export function grey16Png(side: number, samples: number[], significantBits: number): Buffer {
  const rows = Buffer.alloc(side * (2 * side + 1));
  samples.forEach((sample, i) => rows.writeUInt16BE(sample, 2 * i + Math.floor(i / side) + 1));
  return pngFile(side, 16, 0, rows, [["sBIT", Buffer.from([significantBits])]]);
}

// Big-endian, samples of 16 bits, all of them used.
export function grey16Tiff(side: number, samples: number[]): Buffer {
  const pixels = Buffer.alloc(2 * side * side);
  samples.forEach((sample, i) => pixels.writeUInt16BE(sample, 2 * i));
  const SHORT = 3, LONG = 4;
  const entries: [tag: number, type: number, value: number][] = [
    [256, LONG, side], [257, LONG, side], [258, SHORT, 16], [259, SHORT, 1], [262, SHORT, 1], [273, LONG, 8], [277, SHORT, 1],
    [278, LONG, side], [279, LONG, pixels.length],
  ];
  const header = Buffer.from("MM\0*\0\0\0\0", "latin1");
  header.writeUInt32BE(8 + pixels.length, 4);
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16BE(entries.length);
  entries.forEach(([tag, type, value], i) => {
    const at = 2 + 12 * i;
    directory.writeUInt16BE(tag, at);
    directory.writeUInt16BE(type, at + 2);
    directory.writeUInt32BE(1, at + 4);
    if (type === SHORT) directory.writeUInt16BE(value, at + 8);
    else directory.writeUInt32BE(value, at + 8);
  });
  return Buffer.concat([header, pixels, directory]);
}
