import { escape } from "./escape.js";
import { SIZES, TOP, chartSvg, footSvg } from "./frame.js";
import type { Box, ChartSize, Tick } from "./frame.js";
import { at } from "./svg-strip.js";

/** One field of a map. */
export interface MapCell {
  /** In it. */
  readonly label: string;
  /** −1 … 1: from one colour through none to the other. */
  readonly tone: number;
  /** Whether its sign is certain: else it is hatched. */
  readonly sure: boolean;
  /** Under the pointer. */
  readonly words: string;
}

/** A map over two axes with evenly spaced fields, and a line over it. */
export interface MapPanel {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  /** Centres of the columns, and of the rows from the foot up. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  readonly columnLabels: readonly string[];
  readonly rowLabels: readonly string[];
  readonly axes: readonly [along: string, up: string];
  /** Row by row from the foot up. */
  readonly cells: readonly MapCell[];
  /** Pieces of the line. */
  readonly line: readonly (readonly (readonly [number, number])[])[];
}

/** The map for wide and for narrow screens. */
export const mapSvg = (panel: MapPanel): string => SIZES.map((size) => draw(panel, size)).join("");

function draw(panel: MapPanel, size: ChartSize): string {
  const wide = size.name === "wide";
  const height = wide ? panel.height : Math.round(0.8 * panel.height);
  const box: Box = { x0: wide ? 70 : 44, x1: size.width - size.right, bottom: TOP + 14 + height };
  const [w, h] = [(box.x1 - box.x0) / panel.columns.length, height / panel.rows.length];
  const cells = panel.cells.map((c, i) => {
    const [column, row] = [i % panel.columns.length, Math.floor(i / panel.columns.length)];
    const [x, y] = [box.x0 + column * w, box.bottom - (row + 1) * h];
    const share = Math.round(70 * Math.min(1, Math.abs(c.tone)));
    const colour = `style="--m:${share}%" class="field ${c.tone < 0 ? "falls" : "rises"}"`;
    const doubt = c.sure
      ? ""
      : `<rect class="doubt" fill="url(#${panel.id}-${size.name}-h)" x="${at(x)}" y="${at(y)}" width="${at(w)}" height="${at(h)}"/>`;
    return `<g><title>${escape(c.words)}</title><rect ${colour} x="${at(x)}" y="${at(y)}" width="${at(w)}" height="${at(h)}"/>${doubt}</g>`;
  });
  const labels = panel.cells.map((c, i) => {
    const [column, row] = [i % panel.columns.length, Math.floor(i / panel.columns.length)];
    if (w < 7 * Array.from(c.label).length * (wide ? 1 : 0.86)) return "";
    const [x, y] = [box.x0 + (column + 0.5) * w, box.bottom - (row + 0.5) * h + 4];
    return `<text class="${wide ? "in" : "in fine"}" x="${at(x)}" y="${at(y)}" text-anchor="middle">${escape(c.label)}</text>`;
  });
  const spacing = (centres: readonly number[]): number => (centres.length > 1 ? centres[1]! - centres[0]! : 1);
  const px = (v: number): number => box.x0 + ((v - panel.columns[0]!) / spacing(panel.columns) + 0.5) * w;
  const py = (v: number): number => box.bottom - ((v - panel.rows[0]!) / spacing(panel.rows) + 0.5) * h;
  const inside = (x: number): number => Math.min(box.x1, Math.max(box.x0, x));
  const lines = panel.line
    .filter((piece) => piece.length > 1)
    .map((piece) => `M${piece.map(([a, b]) => `${at(inside(px(a)))} ${at(py(b))}`).join("L")}`)
    .join("");
  const line = lines === "" ? "" : `<path class="critical-under" d="${lines}"/><path class="critical" d="${lines}"/>`;
  const most = Math.max(...panel.columnLabels.map((l) => Array.from(l).length));
  const every = Math.max(1, Math.ceil((7.5 * most + 8) / w));
  const marks: readonly Tick[] = panel.columnLabels.map((label, i) => ({ at: box.x0 + (i + 0.5) * w, label })).filter((_, i) => i % every === 0);
  const rowEvery = Math.max(1, Math.ceil(16 / h));
  const rows = panel.rowLabels.map((label, i) =>
    i % rowEvery === 0 ? `<text x="${at(box.x0 - 8)}" y="${at(box.bottom - (i + 0.5) * h + 4)}" text-anchor="end">${escape(label)}</text>` : "",
  );
  const [along, up] = panel.axes;
  const titles =
    `<text class="small" x="${at(box.x0 - 8)}" y="${TOP + 4}" text-anchor="${wide ? "end" : "start"}"${wide ? "" : ` dx="-${at(box.x0 - 10)}"`}>${up}</text>` +
    `<text class="small" x="${at((box.x0 + box.x1) / 2)}" y="${at(box.bottom + 34)}" text-anchor="middle">${along}</text>`;
  const hatch = `<defs><pattern id="${panel.id}-${size.name}-h" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.2" height="7" class="hatch"/></pattern></defs>`;
  const domain = { low: panel.rows[0]!, high: panel.rows[panel.rows.length - 1]! };
  const { id, title, description } = panel;
  const canvas = { id: `${id}-${size.name}`, size, title, description, height: box.bottom + 40, box, domain };
  return chartSvg(canvas, [hatch, ...cells, line, ...labels, ...rows, footSvg(marks, box, box.bottom), titles].join(""));
}
