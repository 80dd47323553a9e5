import { max, range } from "d3-array";
import { scaleBand, scaleLinear } from "d3-scale";
import type { Tick } from "../axis.js";
import { at, linePath } from "./coordinates.js";
import { SIZES, TOP, chartSvg, footSvg, footTitleSvg, hatchSvg } from "./frame.js";
import type { Box, ChartSize, ToPixel } from "./frame.js";
import { attributes, svg } from "./html.js";
import type { Html } from "./html.js";

/** One field of a map. */
export interface MapCell {
  /** The text in it. */
  readonly label: string;
  /** −1 … 1: from one colour through none to the other. */
  readonly tone: number;
  /** Whether its sign is certain: else it is hatched. */
  readonly sure: boolean;
  /** Under the pointer. */
  readonly words: string;
}

/** A map over two axes with evenly spaced fields, and a line over it. */
export interface MapChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  /** Centres of the columns, and of the rows from the foot up. */
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  readonly columnLabels: readonly string[];
  readonly rowLabels: readonly string[];
  readonly axes: readonly [along: Html, up: Html];
  /** Row by row from the foot up. */
  readonly cells: readonly MapCell[];
  /** Pieces of the line. */
  readonly line: readonly (readonly (readonly [number, number])[])[];
}

const DIGIT = 7.8;

/** The map for wide and for narrow screens. */
export const mapSvg = (chart: MapChart): Html => svg`${SIZES.map((size) => plot(chart, size))}`;

/** From a number to its pixel, by the centres of the fields, which are evenly spaced. */
function between(centres: readonly number[], pixelOf: (i: number) => number, step: number): ToPixel {
  const [first, second = first! + 1] = centres;
  return scaleLinear([first!, second], [pixelOf(0), pixelOf(0) + step]);
}

function plot(chart: MapChart, size: ChartSize): Html {
  const wide = size.name === "wide";
  const id = `${chart.id}-${size.name}`;
  const height = wide ? chart.height : Math.round(0.8 * chart.height);
  const box: Box = { x0: wide ? 70 : 44, x1: size.width - size.right, bottom: TOP + 14 + height };
  const columns = scaleBand(range(chart.columns.length), [box.x0, box.x1]);
  const rows = scaleBand(range(chart.rows.length), [box.bottom, box.bottom - height]);
  const [w, h] = [columns.bandwidth(), rows.bandwidth()];
  const fields = chart.cells.map((cell, i) => ({ cell, x: columns(i % chart.columns.length)!, y: rows(Math.floor(i / chart.columns.length))! }));
  const cells = fields.map(({ cell, x, y }) => {
    const place = attributes({ x: at(x), y: at(y), width: at(w), height: at(h) });
    const share = Math.round(70 * Math.min(1, Math.abs(cell.tone)));
    return svg`
      <g><title>${cell.words}</title>
        <rect style="--m:${share}%" class="field ${cell.tone < 0 ? "falls" : "rises"}"${place}/>
        ${!cell.sure && svg`<rect class="doubt" fill="url(#${id}-h)"${place}/>`}
      </g>`;
  });
  const labels = fields.flatMap(({ cell, x, y }) => {
    // Where there is little room the zero before the point goes, then the whole label.
    const label = [cell.label, cell.label.replace("0.", ".")].find((l) => w >= DIGIT * Array.from(l).length * (wide ? 1 : 0.88) + 4);
    const style = wide ? "in" : "in fine";
    return label === undefined
      ? []
      : [svg`<text class="${style}" x="${at(x + w / 2)}" y="${at(y + h / 2 + 4)}" text-anchor="middle">${label}</text>`];
  });
  const px = between(chart.columns, (i) => columns(i)! + w / 2, w);
  const py = between(chart.rows, (i) => rows(i)! + h / 2, -h);
  const inside = (x: number): number => Math.min(box.x1, Math.max(box.x0, x));
  const line = chart.line
    .filter((piece) => piece.length > 1)
    .map((piece) =>
      linePath(
        piece,
        (p) => inside(px(p[0])),
        (p) => py(p[1]),
      ),
    )
    .join("");
  const every = Math.max(1, Math.ceil((7.5 * (max(chart.columnLabels, (l) => Array.from(l).length) ?? 0) + 8) / w));
  const marks: readonly Tick[] = chart.columnLabels.map((label, i) => ({ at: columns(i)! + w / 2, label })).filter((_, i) => i % every === 0);
  const rowEvery = Math.max(1, Math.ceil(16 / h));
  const names = chart.rowLabels
    .map((label, i) => svg`<text x="${at(box.x0 - 8)}" y="${at(rows(i)! + h / 2 + 4)}" text-anchor="end">${label}</text>`)
    .filter((_, i) => i % rowEvery === 0);
  const [along, up] = chart.axes;
  const shift = attributes({ "text-anchor": wide ? "end" : "start", dx: wide ? undefined : `-${at(box.x0 - 10)}` });
  const content = [
    hatchSvg(`${id}-h`, 7, 1.2, "hatch"),
    ...cells,
    line !== "" && svg`<path class="critical-under" d="${line}"/><path class="critical" d="${line}"/>`,
    ...labels,
    ...names,
    footSvg(marks, box, box.bottom),
    svg`<text class="small" x="${at(box.x0 - 8)}" y="${TOP + 4}"${shift}>${up}</text>`,
    footTitleSvg(along, box, box.bottom),
  ];
  const { title, description } = chart;
  const domain = { low: chart.rows[0]!, high: chart.rows[chart.rows.length - 1]! };
  return chartSvg({ id, size, title, description, height: box.bottom + 40, box, domain }, content);
}
