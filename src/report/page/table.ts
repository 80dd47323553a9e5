import { count } from "../../util/format.js";
import { escape } from "./escape.js";

/** A column of a table: `sort` gives what it is sorted and hovered by. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row, index: number) => string;
  readonly sort?: (row: Row, index: number) => number | null;
  readonly text?: boolean;
  /** The quantity it holds, for the values under the pointer. */
  readonly key?: string;
  /** Under the pointer, this label. */
  readonly tip?: string;
  readonly wide?: boolean;
}

/** What a page shows of a list that has no end; the record has all of it. */
export const MOST_ROWS = 1500;

/** What is printed of a table; the style sheet hides the rest. */
const MOST_PRINTED = 80;

/** At most `most` rows, evenly spread, the first and the last among them. */
export function sampled<Row>(rows: readonly Row[], most: number = MOST_ROWS): readonly Row[] {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]!);
}

export interface TableOptions<Row> {
  readonly id: string;
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly sortable?: boolean;
  /** Shown in full, without a box to scroll in. */
  readonly whole?: boolean;
  readonly attributes?: (row: Row) => string;
}

/** A table that scrolls in its own box, sampled when it is very long. Cells are HTML. */
export function tableHtml<Row>(rows: readonly Row[], o: TableOptions<Row>): string {
  const shown = sampled(rows);
  const order = new Map(shown.length < rows.length ? rows.map((r, i) => [r, i] as const) : []);
  const note =
    shown.length < rows.length
      ? `<caption>${count(shown.length)} of ${count(rows.length)} rows, evenly spread; the JSON record has all of them.</caption>`
      : "";
  const classes = (c: Column<Row>): string => {
    const names = [c.text ? "l" : "", c.wide ? "w" : ""].filter((n) => n !== "").join(" ");
    return names === "" ? "" : ` class="${names}"`;
  };
  const head = o.columns.map((c) => {
    const data = `${c.key === undefined ? "" : ` data-k="${c.key}"`}${c.tip === undefined ? "" : ` data-tip data-short="${escape(c.tip)}"`}`;
    return `<th scope="col"${classes(c)}${data}>${c.title}</th>`;
  });
  const body = shown.map((row, i) => {
    const index = order.get(row) ?? i;
    const cells = o.columns.map((c) => {
      const v = c.sort?.(row, index);
      const data = c.sort === undefined ? "" : ` data-v="${v === null || v === undefined ? "NaN" : Number(v.toPrecision(7))}"`;
      return `<td${classes(c)}${data}>${c.cell(row, index)}</td>`;
    });
    return `<tr${o.attributes?.(row) ?? ""}>${cells.join("")}</tr>`;
  });
  return (
    `<div class="scroll${o.whole ? " whole" : ""}${shown.length > MOST_PRINTED ? " long" : ""}" tabindex="0" role="region" aria-label="${escape(o.label)}"><table id="${o.id}"${o.sortable ? ' class="sortable"' : ""}>` +
    `${note}<thead><tr>${head.join("")}</tr></thead>\n<tbody>\n${body.join("\n")}\n</tbody></table></div>`
  );
}

/** A figure with its bar before it, so that figures stand under each other. */
export function barred(figure: string, bar: string): string {
  return `${bar}<span class="fig">${figure}</span>`;
}

/** A bar that shows a factor: to the right of the middle above 1, to the left below. `ln` of `most` fills its half. */
export function factorBar(ln: number | null, most: number): string {
  if (ln === null || !Number.isFinite(ln) || !(most > 0)) return "";
  const size = Math.min(1, Math.abs(ln) / most) * 50;
  // A background's position in per cent is measured against the room left beside it.
  const start = ln >= 0 ? 50 : 50 - size;
  const position = size >= 100 ? 0 : (start / (100 - size)) * 100;
  return `<span class="bar ${ln >= 0 ? "up" : "down"}" style="--s:${size.toFixed(1)}%;--p:${position.toFixed(1)}%"></span>`;
}

/** A bar that shows a share of 1. */
export function shareBar(share: number | null, colour: string): string {
  if (share === null || !Number.isFinite(share)) return "";
  return `<span class="bar part" style="--c:var(--${colour});--s:${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%"></span>`;
}
