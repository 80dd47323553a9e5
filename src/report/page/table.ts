import { range } from "d3-array";
import { count } from "../../util/format.js";
import { at, datum } from "./coordinates.js";
import type { TermId } from "../glossary.js";
import { attributes, html, joined } from "./html.js";
import type { Content, Html } from "./html.js";
import { labelHtml } from "./terms.js";

/** A column of a table: `sort` gives what it is sorted and hovered by. */
export interface Column<Row> {
  readonly title: Html | string;
  /** What the title means. */
  readonly term?: TermId;
  readonly cell: (row: Row, index: number) => Content;
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
function sampled<Row>(rows: readonly Row[], most: number = MOST_ROWS): readonly Row[] {
  if (rows.length <= most) return rows;
  return range(most).map((i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]!);
}

export interface TableOptions<Row> {
  readonly id: string;
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly sortable?: boolean;
  /** Shown in full, without a box to scroll in. */
  readonly whole?: boolean;
  /** What the page's script reads of a row, by the names of data attributes. */
  readonly data?: (row: Row) => Readonly<Record<`data-${string}`, string | number>>;
}

/** A table that scrolls in its own box, sampled when it is very long. */
export function tableHtml<Row>(rows: readonly Row[], o: TableOptions<Row>): Html {
  const shown = sampled(rows);
  const order = new Map(shown.length < rows.length ? rows.map((r, i) => [r, i] as const) : []);
  const note =
    shown.length < rows.length &&
    html`<caption>${count(shown.length)} of ${count(rows.length)} rows, evenly spread; the JSON record has all of them.</caption>`;
  const classOf = (c: Column<Row>): string | undefined => [c.text ? "l" : "", c.wide ? "w" : ""].filter((n) => n !== "").join(" ") || undefined;
  const head = o.columns.map((c) => {
    const data = attributes({ class: classOf(c), "data-k": c.key, "data-tip": c.tip !== undefined, "data-short": c.tip });
    return html`<th scope="col"${data}>${labelHtml(c.title, c.term)}</th>`;
  });
  const body = shown.map((row, i) => {
    const index = order.get(row) ?? i;
    const cells = o.columns.map(
      (c) => html`<td${attributes({ class: classOf(c), "data-v": c.sort && datum(c.sort(row, index) ?? NaN) })}>${c.cell(row, index)}</td>`,
    );
    return html`<tr${attributes(o.data?.(row) ?? {})}>${cells}</tr>`;
  });
  const classes = `scroll${o.whole ? " whole" : ""}${shown.length > MOST_PRINTED ? " long" : ""}`;
  return html`
    <div class="${classes}" tabindex="0" role="region" aria-label="${o.label}">
      <table${attributes({ id: o.id, class: o.sortable ? "sortable" : undefined })}>${note}
        <thead><tr>${head}</tr></thead>
        <tbody>${"\n"}${joined(body, "\n")}${"\n"}</tbody>
      </table>
    </div>`;
}

/** A number with its bar before it, so that numbers stand under each other. */
export const barred = (number: string, bar: Html | undefined): Html => html`${bar}<span class="num">${number}</span>`;

/** A bar that shows a factor: to the right of the middle above 1, to the left below. `ln` of `most` fills its half. */
export function factorBar(ln: number | null, most: number): Html | undefined {
  if (ln === null || !Number.isFinite(ln) || !(most > 0)) return undefined;
  const size = Math.min(1, Math.abs(ln) / most) * 50;
  // A background's position in per cent is measured against the room left beside it.
  const start = ln >= 0 ? 50 : 50 - size;
  const position = size >= 100 ? 0 : (start / (100 - size)) * 100;
  return html`<span class="bar ${ln >= 0 ? "up" : "down"}" style="--s:${at(size)}%;--p:${at(position)}%"></span>`;
}

/** A bar that shows a share of 1. */
export function shareBar(share: number | null, colour: string): Html | undefined {
  if (share === null || !Number.isFinite(share)) return undefined;
  return html`<span class="bar part" style="--c:var(--${colour});--s:${at(100 * Math.min(1, Math.max(0, share)))}%"></span>`;
}
