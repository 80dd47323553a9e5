import { group, maxIndex, sum } from "d3-array";
import type { BlockRow } from "../study/check-record.js";
import { plural } from "../util/format.js";

/** Blocks that are shown as one: `count` neighbours of one sort. */
export interface Cell {
  readonly from: number;
  readonly to: number;
  readonly kind: BlockRow["kind"];
  readonly skip: BlockRow["skip"];
  readonly role: BlockRow["role"];
  readonly norms: boolean;
  readonly count: number;
}

/** What a strip shows of a block. */
export type StripBlock = Pick<BlockRow, "fromDepth" | "toDepth" | "kind" | "skip" | "norms" | "role">;

/** The blocks along the axis; neighbours of one sort become one cell when a block is narrower than `least` (in depth). */
export function cellsOf(blocks: readonly StripBlock[], least: number, most = 600): Cell[] {
  const cells: Cell[] = [];
  for (const b of blocks) {
    const cell: Cell = {
      from: b.fromDepth,
      to: b.toDepth,
      kind: b.kind,
      skip: b.skip,
      role: b.role,
      norms: b.norms.length > 0,
      count: 1,
    };
    const last = cells[cells.length - 1];
    const narrow = (c: Cell): boolean => (c.to - c.from) / c.count < least;
    if (last && last.to === cell.from && alike(last, cell) && narrow(last) && narrow(cell))
      cells[cells.length - 1] = { ...last, to: cell.to, count: last.count + 1 };
    else cells.push(cell);
  }
  return cells.length <= most ? cells : coarse(cells, most);
}

function alike(a: Cell, b: Cell): boolean {
  return a.kind === b.kind && a.skip === b.skip && a.role === b.role && a.norms === b.norms;
}

/** Groups of neighbours, each shown as what most of its depth is. */
function coarse(cells: readonly Cell[], most: number): Cell[] {
  const size = Math.ceil(cells.length / most);
  const out: Cell[] = [];
  for (let i = 0; i < cells.length; i += size) {
    const own = cells.slice(i, i + size);
    out.push({
      ...own[maxIndex(own, (c) => c.to - c.from)]!,
      from: own[0]!.from,
      to: own[own.length - 1]!.to,
      norms: own.some((c) => c.norms),
      count: sum(own, (c) => c.count),
    });
  }
  return out;
}

/** How many blocks there are of a kind: "16 residual (4 projections)". */
export interface Census {
  readonly kind: BlockRow["kind"];
  readonly count: number;
  readonly note: string;
}

/** Counts the blocks of each kind, the most frequent first. */
export function censusOf(blocks: readonly StripBlock[]): Census[] {
  return [...group(blocks, (b) => b.kind)]
    .map(([kind, own]) => {
      const of = (skip: BlockRow["skip"]): number => own.filter((b) => b.skip === skip).length;
      const notes = [
        of("projection") > 0 ? plural(of("projection"), "projection") : "",
        of("scaled") > 0 ? plural(of("scaled"), "scaled skip") : "",
      ].filter((n) => n !== "");
      return { kind, count: own.length, note: notes.join(", ") };
    })
    .sort((a, b) => b.count - a.count);
}

/** Stretches of depth inside spliced forks: time steps, the inside of a long skip. */
export function nestedSpans(trunk: readonly { readonly depth: number; readonly nesting: number }[]): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const row of trunk) {
    if (row.nesting === 0) continue;
    const last = spans[spans.length - 1];
    if (last?.to === row.depth - 1) last.to = row.depth;
    else spans.push({ from: row.depth, to: row.depth });
  }
  return spans;
}
