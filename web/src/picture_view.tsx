// One picture as the server sees it: the picture with its regions, and the heatmap over it, side by side.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { browserShowsAsSeen, keepSeen } from "./as_seen";
import * as calls from "./calls";
import { formatScore } from "./formats";
import { MapLayer } from "./map_layer";
import { Notice, VerdictBadge } from "./parts";
import type { Heatmap, Inspection, Region } from "./wire";

// Longest side of what is drawn; larger pictures are drawn smaller.
const LARGEST_SIDE = 1400;

// A picture with the server's answer, ready to draw.
export interface Inspected {
  inspection: Inspection;
  // As the server sees it; none when the browser cannot show it and the server is too old to send it.
  picture?: ImageBitmap;
  map: ImageBitmap;
  // What the map of a good picture may reach.
  regionThreshold: number;
}

function pngOf(base64: string): Blob {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return new Blob([bytes], { type: "image/png" });
}

async function drawable(blob: Blob): Promise<ImageBitmap> {
  // As it is stored, as for the server: without profile and gamma.
  const whole = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  const scale = LARGEST_SIDE / Math.max(whole.width, whole.height);
  if (scale >= 1) return whole;
  const small = await createImageBitmap(whole, {
    resizeWidth: Math.round(whole.width * scale), resizeHeight: Math.round(whole.height * scale), resizeQuality: "high",
  });
  whole.close();
  return small;
}

export async function inspect(category: string, version: number, file: File, signal?: AbortSignal): Promise<Inspected> {
  const own = await drawable(file).catch(() => undefined);
  const seenByAll = own !== undefined && await browserShowsAsSeen(file);
  const answer: Heatmap = await calls.heatmap(category, version, file, !seenByAll, signal);
  const picture = answer.picture ? await drawable(pngOf(answer.picture)) : own;
  if (answer.picture && picture) await keepSeen(file, picture);
  return {
    inspection: answer.inspection, picture, map: await drawable(pngOf(answer.map)), regionThreshold: answer.region_threshold,
  };
}

// Where the map is brightest.
function drawCross(context: CanvasRenderingContext2D, x: number, y: number, line: number) {
  for (const [width, style] of [[line * 2, "rgba(0, 0, 0, 0.65)"], [line, "#7fe3ff"]] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.moveTo(x - 4 * line, y);
    context.lineTo(x + 4 * line, y);
    context.moveTo(x, y - 4 * line);
    context.lineTo(x, y + 4 * line);
    context.stroke();
  }
}

function drawRegions(context: CanvasRenderingContext2D, regions: Region[], scale: number) {
  const line = Math.max(2, Math.max(context.canvas.width, context.canvas.height) / 260);
  context.font = `600 ${line * 7}px system-ui, sans-serif`;
  regions.forEach((region, index) => {
    const x = region.x * scale, y = region.y * scale, width = region.width * scale, height = region.height * scale;
    // Light on dark, so that it shows on any picture.
    context.lineWidth = line * 2;
    context.strokeStyle = "rgba(0, 0, 0, 0.65)";
    context.strokeRect(x, y, width, height);
    context.lineWidth = line;
    context.strokeStyle = "#7fe3ff";
    context.strokeRect(x, y, width, height);
    drawCross(context, region.peak_x * scale, region.peak_y * scale, line);
    const label = String(index + 1);
    const top = y > line * 10 ? y - line * 9 : y;
    context.fillStyle = "rgba(0, 0, 0, 0.75)";
    context.fillRect(x, top, context.measureText(label).width + line * 4, line * 9);
    context.fillStyle = "#7fe3ff";
    context.fillText(label, x + line * 2, top + line * 7);
  });
}

interface CanvasProps {
  shown: Inspected;
  // Of the map over the picture, 0 to 1; none for the picture alone, or the map where there is no picture.
  opacity?: number;
  regions: boolean;
  label: string;
  testId: string;
}

function PictureCanvas({ shown, opacity, regions, label, testId }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const covered = opacity !== undefined;
  const layer = useMemo(() => (covered ? new MapLayer(shown.map) : undefined), [shown, covered]);
  // With the words beside it, not a frame later.
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const { picture, map, inspection } = shown;
    const { width, height } = picture ?? map;
    context.canvas.width = width;
    context.canvas.height = height;
    if (picture) context.drawImage(picture, 0, 0);
    else context.drawImage(map, 0, 0);
    if (layer && opacity) context.drawImage(layer.at(opacity), 0, 0, width, height);
    if (regions) drawRegions(context, inspection.regions, width / inspection.picture_width);
  }, [shown, opacity, regions]);
  return <canvas ref={canvas} role="img" aria-label={label} data-testid={testId} />;
}

function describe(inspection: Inspection): string {
  const found = inspection.regions.length;
  if (found === 0) return "No region departs from good.";
  const worst = inspection.regions[0]!;
  return `${found} ${found === 1 ? "region" : "regions"}; the worst peaks at ${worst.peak_x}, ${worst.peak_y}.`;
}

interface Props {
  shown: Inspected;
  name: string;
}

export function PictureView({ shown, name }: Props) {
  const [opacity, setOpacity] = useState(60);
  const [regions, setRegions] = useState(true);
  const { inspection, picture } = shown;
  return (
    <div class="picture-view">
      <div class="said">
        <div class="row spread verdict-line">
          <div class="row">
            <VerdictBadge verdict={inspection.verdict} />
            <strong class="name">{name}</strong>
          </div>
          <span class="muted">version {inspection.version}</span>
        </div>
        <ScoreScale inspection={inspection} />
      </div>
      {!picture && (
        <Notice kind="hint">Your browser cannot show this kind of picture, and the server is too old to send it. Here is the heatmap alone.</Notice>
      )}
      {inspection.notice && <Notice kind="hint">The server noticed: {inspection.notice}.</Notice>}
      <div class="side-by-side">
        {picture && (
          <figure>
            <PictureCanvas shown={shown} regions={regions} testId="picture"
              label={`${name}. ${describe(inspection)}`} />
            <figcaption>
              <span>Picture</span>
              <label class="check">
                <input type="checkbox" checked={regions} onChange={(e) => setRegions(e.currentTarget.checked)} /> Regions
              </label>
            </figcaption>
          </figure>
        )}
        <figure>
          <PictureCanvas shown={shown} opacity={picture ? opacity / 100 : undefined} regions={false} testId="heatmap"
            label={`Heatmap of ${name}: bright where it departs from good`} />
          <figcaption>
            <span>Heatmap</span>
            {picture && (
              <label class="opacity">Opacity
                <input type="range" min="0" max="100" value={opacity} data-testid="opacity"
                  onInput={(e) => setOpacity(Number(e.currentTarget.value))} />
                <output>{opacity} %</output>
              </label>
            )}
          </figcaption>
        </figure>
      </div>
      <Details shown={shown} />
    </div>
  );
}

// Where the score lies: a bar from 0 to 1, the threshold at its middle.
function ScoreScale({ inspection }: { inspection: Inspection }) {
  const position = Math.min(1, Math.max(0, inspection.normalized_score)) * 100;
  return (
    <div class="scale" data-testid="score-scale">
      <div class="scale-bar" role="img"
        aria-label={`Score ${formatScore(inspection.raw_score)}, threshold ${formatScore(inspection.threshold)}`}>
        <span class="scale-mark" style={{ left: `${position}%` }} />
        <span class="scale-threshold" />
      </div>
      <div class="scale-words">
        <span>good</span>
        <span>
          score <strong>{formatScore(inspection.raw_score)}</strong> · threshold {formatScore(inspection.threshold)}
        </span>
        <span>departs from good</span>
      </div>
    </div>
  );
}

const VIEW_WORDS: Record<string, string> = { appearance: "what it looks like", residual: "how it is built" };

const LAYER_WORDS: Record<string, string> = {
  conv4_3: "shapes and parts", conv3_3: "texture", conv2_2: "edges and colour", pixels: "pixels",
};

function Details({ shown: { inspection, regionThreshold } }: { shown: Inspected }) {
  const faint = inspection.regions.length > 0 && inspection.regions.every((region) => region.peak <= regionThreshold);
  return (
    <div class="details">
      <section>
        <h3>Regions</h3>
        {inspection.regions.length === 0 ? <p class="muted">None: nothing here departs from good.</p> : (
          <table>
            <thead><tr><th>#</th><th>Worst at</th><th>Size</th><th>Peak</th></tr></thead>
            <tbody>
              {inspection.regions.map((region, index) => (
                <tr key={index}>
                  <td>{index + 1}</td>
                  <td>{region.peak_x}, {region.peak_y}</td>
                  <td>{region.width} × {region.height} px</td>
                  <td>{formatScore(region.peak)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {faint && (
          <p class="muted">
            Faint: good pictures reach {formatScore(regionThreshold)} in places, too. Trust your eyes more than the frame.
          </p>
        )}
      </section>
      <section>
        <h3>What the network noticed</h3>
        <table>
          <tbody>
            {inspection.views.map(({ view, deviations }) => (
              <tr key={view}><td>{VIEW_WORDS[view] ?? view} <span class="muted">{view}</span></td>
                <td>{deviations.toFixed(1)} σ</td></tr>
            ))}
            {inspection.layers.map(({ layer, score }) => (
              <tr key={layer}><td>{LAYER_WORDS[layer] ?? layer} <span class="muted">{layer}</span></td>
                <td>{formatScore(score)}</td></tr>
            ))}
            <tr><td class="muted">Time in the server</td>
              <td class="muted">{Math.round(inspection.stage_times["total"] ?? 0)} ms</td></tr>
          </tbody>
        </table>
      </section>
    </div>
  );
}
