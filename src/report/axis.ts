/** An interval of an axis. */
export interface Domain {
  readonly low: number;
  readonly high: number;
}

/** A domain that holds `values` (decades), at least `least` wide so that what is flat looks flat, with a little air. */
export function decadesOf(values: Iterable<number>, least = 2, share = 0.08): Domain {
  const { low, high } = rangeOf(values) ?? { low: -1, high: 1 };
  const missing = Math.max(0, least - (high - low)) / 2;
  const air = missing > share ? 0.1 : Math.max(share * (high - low), 0.1);
  return { low: low - missing - air, high: high + missing + air };
}

/** The smallest and the largest; undefined when there is none. */
export function rangeOf(values: Iterable<number>): Domain | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const v of values) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return low <= high ? { low, high } : undefined;
}

/** Round numbers of a domain, at most `most` of them: steps of 1, 2 or 5 times a power of ten, never below `finest`. */
export function ticks(domain: Domain, most: number, finest = 0): number[] {
  const span = domain.high - domain.low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const raw = Math.max(span / Math.max(1, most), finest);
  const base = 10 ** Math.floor(Math.log10(raw) + 1e-9);
  const step = [1, 2, 5, 10].map((k) => k * base).find((s) => s >= raw * (1 - 1e-9)) ?? 10 * base;
  const out: number[] = [];
  for (let k = Math.ceil(domain.low / step - 1e-9); k * step <= domain.high + 1e-9 * span; k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}

/** Whole decades of a domain, at most `most`: every one, every second, third, fifth, tenth … */
export function decades(domain: Domain, most: number): number[] {
  const span = domain.high - domain.low;
  const steps = [1, 2, 3, 5];
  for (let power = 1; power < 1e9; power *= 10) {
    for (const s of steps) {
      const step = s * power;
      if (step === 3 * power && power > 1) continue;
      if (span / step > most) continue;
      const out: number[] = [];
      for (let k = Math.ceil(domain.low / step); k * step <= domain.high; k++) out.push(k * step);
      if (out.length > 0) return out;
    }
  }
  return [];
}
