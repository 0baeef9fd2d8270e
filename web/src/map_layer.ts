// The server's colour map as a layer over the picture: clear where it is dark, so that the picture stays readable.

const LEVELS = 256;

// sRGB to linear light.
const LINEAR = Float32Array.from({ length: 256 }, (_, value) => {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

// How far up the map's scale a colour is, 0 to 255: the scale's lightness (CIE L*) grows evenly with the value, up to
// 98 at its end.
export function levelOf(red: number, green: number, blue: number): number {
  const y = 0.2126 * LINEAR[red]! + 0.7152 * LINEAR[green]! + 0.0722 * LINEAR[blue]!;
  const lightness = y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
  return Math.min(LEVELS - 1, Math.round((lightness / 98) * (LEVELS - 1)));
}

// 0 to 255 by level: nothing at opacity 0, all of the map at 1, and between them its dark end thins out first.
export const alphasAt = (opacity: number): Uint8Array =>
  Uint8Array.from({ length: LEVELS }, (_, level) =>
    Math.round(255 * opacity ** (1 + 4 * (1 - level / (LEVELS - 1)))));

// Of one map; draws it at any opacity.
export class MapLayer {
  private readonly canvas: OffscreenCanvas;
  private readonly pixels: ImageData;
  private readonly levels: Uint8Array;

  constructor(map: ImageBitmap) {
    this.canvas = new OffscreenCanvas(map.width, map.height);
    const context = this.canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(map, 0, 0);
    this.pixels = context.getImageData(0, 0, map.width, map.height);
    const { data } = this.pixels;
    this.levels = Uint8Array.from({ length: map.width * map.height },
      (_, i) => levelOf(data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!));
  }

  at(opacity: number): OffscreenCanvas {
    const alphas = alphasAt(opacity);
    const { data } = this.pixels;
    this.levels.forEach((level, i) => { data[4 * i + 3] = alphas[level]!; });
    this.canvas.getContext("2d")!.putImageData(this.pixels, 0, 0);
    return this.canvas;
  }
}
