import { count } from "../../util/format.js";
import type { Cell, StripBlock } from "../block-cells.js";
import { cellsOf, nestedSpans } from "../block-cells.js";
import { at } from "./coordinates.js";
import type { ToPixel } from "./frame.js";
import { attributes, svg } from "./html.js";
import type { Html } from "./html.js";

/** Height that the strip of blocks takes. */
export const STRIP_HEIGHT = 40;
const BAR = 17;
const BAR_HEIGHT = 9;

/** What lies along an axis. */
export interface Strip {
  readonly blocks: readonly StripBlock[];
  /** Its cuts, for inner chains. */
  readonly trunk: readonly { readonly depth: number; readonly nesting: number }[];
  /** The depth at the right edge. */
  readonly last: number;
  readonly label?: string;
}

/** The blocks along the axis: a bar for each, skips as arcs above, norms as diamonds below, inner chains as brackets. `px` places a depth. */
export function stripSvg({ blocks, trunk, label }: Strip, px: ToPixel, top: number): Html {
  const last = blocks.reduce((n, b) => Math.max(n, b.toDepth), 1);
  const perDepth = (px(last) - px(0)) / last;
  const cells = cellsOf(blocks, 5 / perDepth, Math.max(60, Math.floor((px(last) - px(0)) / 2)));
  const name = label !== undefined && svg`<text class="small" x="${at(px(0) - 8)}" y="${at(top + BAR + 8)}" text-anchor="end">${label}</text>`;
  const y = top + STRIP_HEIGHT - 2;
  const nested = nestedSpans(trunk).map((n) => svg`<path class="nested" d="M${at(px(n.from - 1) + 1)} ${y - 3}v3H${at(px(n.to) - 1)}v-3"/>`);
  return svg`<g class="strip">${name}${cells.map((c) => cellSvg(c, px(c.from), px(c.to), top))}${nested.length <= 60 && nested}</g>`;
}

function cellSvg(cell: Cell, from: number, to: number, top: number): Html {
  const width = to - from;
  const gap = width >= 5 ? 0.75 : 0;
  const bar = svg`<rect${attributes({
    class: `k-${cell.kind}${cell.role === "body" ? "" : " outer"}`,
    x: at(from + gap),
    y: top + BAR,
    width: at(Math.max(0.6, width - 2 * gap)),
    height: BAR_HEIGHT,
  })}/>`;
  const below = top + BAR + BAR_HEIGHT + 3;
  const middle = (from + to) / 2;
  if (cell.count > 1) {
    const named = width >= 70 && cell.kind !== "plain";
    return svg`${bar}
      ${named && svg`<text class="small" x="${at(middle)}" y="${top + 11}" text-anchor="middle">${count(cell.count)} ${cell.kind}</text>`}
      ${cell.norms && svg`<line class="norm" x1="${at(from + 1)}" x2="${at(to - 1)}" y1="${below + 2}" y2="${below + 2}"/>`}`;
  }
  return svg`${bar}${skipSvg(cell, from + gap, to - gap, top)}${cell.norms && width >= 4 && diamond(middle, below, Math.min(3, width / 2.5))}`;
}

/** An arc from where the shortcut leaves to where it joins: dashed for a projection, dotted for a scaled one. */
function skipSvg(cell: Cell, from: number, to: number, top: number): Html | undefined {
  if (cell.kind === "plain" || cell.kind === "other" || to - from < 5) return undefined;
  const foot = top + BAR - 1.5;
  const rise = Math.min(13, Math.max(6, (to - from) * 0.5));
  const arc = (inset: number, height: number): Html => {
    const [left, right] = [at(from + 1 + inset), at(to - 1 - inset)];
    const path = `M${left} ${at(foot)}C${left} ${at(foot - height)} ${right} ${at(foot - height)} ${right} ${at(foot)}`;
    return svg`<path class="arc a-${cell.kind}${cell.skip === null ? "" : ` s-${cell.skip}`}" d="${path}"/>`;
  };
  const one = arc(0, rise * 1.33);
  if (cell.kind === "dense" && to - from >= 9) return svg`${one}${arc((to - from) / 5, rise * 0.75)}`;
  if (cell.kind === "gated") return svg`${one}<circle class="gate" cx="${at((from + to) / 2)}" cy="${at(foot - rise)}" r="2.2"/>`;
  return one;
}

const diamond = (x: number, top: number, r: number): Html =>
  svg`<path class="norm-mark" d="M${at(x)} ${at(top)}l${at(r)} ${at(r)} ${at(-r)} ${at(r)} ${at(-r)} ${at(-r)}z"/>`;
