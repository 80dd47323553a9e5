/** The half-open range [from, to) of segments that becomes one piece. */
export interface SegmentRange {
  readonly from: number;
  readonly to: number;
}

const LONGEST_PERIOD = 64;

/**
 * Groups a sequence of segments, given by structure keys and sizes (in nodes), into pieces of about `target` nodes, so that
 * repeated structure becomes equal pieces. At each position it looks for the shortest period that occurs at least twice, and
 * puts as many whole periods into one piece as fit. Linear in the number of segments, as the period is bounded.
 */
export function periodicRanges(keys: readonly string[], sizes: readonly number[], target: number): readonly SegmentRange[] {
  const k = numbered(keys);
  const ranges: SegmentRange[] = [];
  let open = 0;
  let openSize = 0;
  const close = (to: number): void => {
    if (to > open) ranges.push({ from: open, to });
    open = to;
    openSize = 0;
  };
  let i = 0;
  while (i < k.length) {
    const { period, repeats } = repetition(k, i);
    if (repeats < 2) {
      openSize += sizes[i]!;
      i++;
      if (openSize >= target) close(i);
      continue;
    }
    close(i);
    let size = 0;
    for (let j = i; j < i + period; j++) size += sizes[j]!;
    const each = Math.max(1, Math.min(repeats, Math.round(target / size)));
    const end = i + period * repeats;
    for (let from = i; from < end; from += each * period) {
      const to = Math.min(end, from + each * period);
      open = from;
      close(to);
    }
    i = end;
    open = end;
  }
  close(k.length);
  return ranges;
}

/** Gives equal keys equal numbers. */
export function numbered(keys: readonly string[]): readonly number[] {
  const ids = new Map<string, number>();
  return keys.map((key) => {
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = ids.size));
    return id;
  });
}

/** Returns the shortest period of keys that occurs at least twice from position i on, and how often it occurs; else one segment, once. */
export function repetition(k: readonly number[], i: number): { readonly period: number; readonly repeats: number } {
  for (let period = 1; period <= LONGEST_PERIOD && i + 2 * period <= k.length; period++) {
    if (k[i + period] !== k[i]) continue;
    let same = 0;
    while (i + same + period < k.length && k[i + same] === k[i + same + period]) same++;
    const repeats = 1 + Math.floor(same / period);
    if (repeats >= 2) return { period, repeats };
  }
  return { period: 1, repeats: 1 };
}
