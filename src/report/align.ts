import type { FindingRow as Finding } from "../study/finding-schema.js";
import type { BlockRow } from "../study/check-record.js";

/** Blocks of two networks side by side; one side is missing where a network has no counterpart. */
export interface BlockPair {
  readonly a: BlockRow | undefined;
  readonly b: BlockRow | undefined;
}

/** Above this many comparisons names are not searched for. */
const MOST_COMPARISONS = 4_000_000;

/** Pairs blocks by their names, in order; where too few agree, by their place in stem, body and head. */
export function alignBlocks(a: readonly BlockRow[], b: readonly BlockRow[]): BlockPair[] {
  if (a.length !== b.length || a.some((x, i) => x.name !== b[i]!.name)) {
    const named = byName(a, b);
    if (named && named.filter((p) => p.a && p.b).length * 2 >= Math.min(a.length, b.length)) return named;
  }
  if (a.length === b.length) return a.map((x, i) => ({ a: x, b: b[i] }));
  return (["stem", "body", "head"] as const).flatMap((role) => {
    const [x, y] = [a.filter((r) => r.role === role), b.filter((r) => r.role === role)];
    return Array.from({ length: Math.max(x.length, y.length) }, (_, i) => ({ a: x[i], b: y[i] }));
  });
}

/** Whether two blocks go by one name, or one is a module inside the other: `blocks.3` and `blocks.3.conv1`. */
function alike(a: BlockRow, b: BlockRow): boolean {
  if (a.name === b.name) return true;
  const [short, long] = a.name.length < b.name.length ? [a.name, b.name] : [b.name, a.name];
  return short !== "" && long.startsWith(short) && /^(\.| ▸ )/.test(long.slice(short.length));
}

/** The longest common subsequence of the blocks' names. */
function byName(a: readonly BlockRow[], b: readonly BlockRow[]): BlockPair[] | undefined {
  let [start, endA, endB] = [0, a.length, b.length];
  while (start < Math.min(endA, endB) && alike(a[start]!, b[start]!)) start++;
  while (endA > start && endB > start && alike(a[endA - 1]!, b[endB - 1]!)) [endA, endB] = [endA - 1, endB - 1];
  const [n, m] = [endA - start, endB - start];
  if (n * m > MOST_COMPARISONS) return undefined;
  const width = m + 1;
  const length = new Uint32Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      const same = alike(a[start + i]!, b[start + j]!);
      length[i * width + j] = same ? length[(i + 1) * width + j + 1]! + 1 : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  const middle: BlockPair[] = [];
  let [i, j] = [0, 0];
  while (i < n || j < m) {
    if (i < n && j < m && alike(a[start + i]!, b[start + j]!) && length[i * width + j] === length[(i + 1) * width + j + 1]! + 1)
      middle.push({ a: a[start + i++], b: b[start + j++] });
    else if (j >= m || (i < n && length[(i + 1) * width + j]! >= length[i * width + j + 1]!)) middle.push({ a: a[start + i++], b: undefined });
    else middle.push({ a: undefined, b: b[start + j++] });
  }
  const pair = (x: BlockRow, k: number, offset: number): BlockPair => ({ a: x, b: b[k + offset] });
  return [...a.slice(0, start).map((x, k) => pair(x, k, 0)), ...middle, ...a.slice(endA).map((x, k) => pair(x, k, endB))];
}

/** Findings by whose they are: a rule that speaks of both networks is in `both` once for each. */
export function splitFindings(
  a: readonly Finding[],
  b: readonly Finding[],
): { onlyA: Finding[]; onlyB: Finding[]; both: readonly [Finding[], Finding[]] } {
  const [rulesA, rulesB] = [new Set(a.map((f) => f.rule)), new Set(b.map((f) => f.rule))];
  return {
    onlyA: a.filter((f) => !rulesB.has(f.rule)),
    onlyB: b.filter((f) => !rulesA.has(f.rule)),
    both: [a.filter((f) => rulesB.has(f.rule)), b.filter((f) => rulesA.has(f.rule))],
  };
}

/** ln of the second gain over the first; null where one is missing. */
export function gainRatio(p: BlockPair): number | null {
  const [x, y] = [p.a?.lnGain ?? null, p.b?.lnGain ?? null];
  return x === null || y === null ? null : y - x;
}
