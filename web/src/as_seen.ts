// Whether a browser shows a picture file as the server sees it, and pictures of the server's where it does not.

// Enough for what stands before a picture's pixels.
const HEAD_BYTES = 1 << 16;
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PNG_ALPHA = 4;

const begins = (head: Uint8Array, ...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);

// Of samples of 16 bits a browser keeps the upper half, whatever their white is; alpha it blends, and a PNG's
// orientation it may not know: the server drops the one and heeds the other.
function isPlainPng(head: Uint8Array): boolean {
  const bits = head[24], colour = head[25];
  if (bits === undefined || colour === undefined || bits > 8 || (colour & PNG_ALPHA) !== 0) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 8; at + 8 <= head.length; at += 12 + view.getUint32(at)) {
    const kind = String.fromCharCode(...head.subarray(at + 4, at + 8));
    if (kind === "tRNS" || kind === "eXIf") return false;
    if (kind === "IDAT") return true;
  }
  return false;
}

// By the file's beginning. JPEG and BMP have 8 bits a sample; TIFF no browser of ours shows.
export function showsAsSeen(head: Uint8Array): boolean {
  if (begins(head, ...PNG_SIGNATURE)) return isPlainPng(head);
  return begins(head, 0xff, 0xd8) || begins(head, 0x42, 0x4d);
}

export const browserShowsAsSeen = async (file: Blob): Promise<boolean> =>
  showsAsSeen(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));

// Small ones of the server's, as long as their files are listed.
const THUMBNAIL_SIDE = 256;
const thumbnails = new WeakMap<Blob, Blob>();
const arrivals = new EventTarget();

export const seenThumbnail = (file: Blob): Blob | undefined => thumbnails.get(file);

export async function keepSeen(file: Blob, picture: ImageBitmap): Promise<void> {
  if (thumbnails.has(file)) return;
  const scale = Math.min(1, THUMBNAIL_SIDE / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  thumbnails.set(file, await canvas.convertToBlob());
  arrivals.dispatchEvent(new Event("seen"));
}

// Calls `arrived` whenever one more has come; returns what ends that.
export function onSeen(arrived: () => void): () => void {
  arrivals.addEventListener("seen", arrived);
  return () => arrivals.removeEventListener("seen", arrived);
}
