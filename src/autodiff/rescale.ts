import type { GraphBuilder } from "../graph/builder.js";

/**
 * Keeps a backward pass in range. The pass is linear in the cotangent, so at chosen cuts every live cotangent is divided by one
 * scalar and the logarithm of that scalar accumulated; a parameter's cotangent is finished at the scale of the piece it was born
 * in, and reported as (value, ln scale): true gradient = value · exp(ln scale). Contributions born at different scales (tied
 * weights) are brought to their largest one. Growth such as 2^1000 is thereby reported, never overflowed.
 */
export class Rescaler {
  /** ln of the scale that the live cotangents are divided by; undefined before the first cut. */
  #log: string | undefined;
  readonly #bornAt = new Map<string, string | undefined>();
  /** ln scale of each finished cotangent, by the value it belongs to; undefined means 0. */
  readonly logScale: Map<string, string | undefined> = new Map();

  /** `cuts`: indices of forward nodes before whose reversal the live cotangents are rescaled. */
  constructor(private readonly cuts: ReadonlySet<number>) {}

  at(node: number): boolean {
    return this.cuts.has(node);
  }

  born(cotangent: string): void {
    this.#bornAt.set(cotangent, this.#log);
  }

  /** Divides all live cotangents by their common Frobenius norm (by 1 where that is 0 or not finite). `wanted` values keep the scale they were born at. */
  divide(b: GraphBuilder, pending: Map<string, string[]>, wanted: ReadonlySet<string>): void {
    const live = [...pending].filter(([value]) => !wanted.has(value));
    if (live.length === 0) return;
    const sums = live.map(([value, parts]) => [value, b.sum(parts)!] as const);
    const norm = safeNorm(b, sums.map(([, g]) => g));
    for (const [value, g] of sums) {
      const divided = b.div(g, norm);
      pending.set(value, [divided]);
    }
    const ln = b.log(norm);
    this.#log = this.#log === undefined ? ln : b.add(this.#log, ln);
    for (const [, parts] of live) for (const p of parts) this.#bornAt.set(p, this.#log);
    for (const [value] of live) this.#bornAt.set(pending.get(value)![0]!, this.#log);
  }

  /** Sums the contributions of one wanted value, each at the scale of its birth. */
  combine(b: GraphBuilder, value: string, parts: readonly string[]): string | undefined {
    if (parts.length === 0) return undefined;
    const logs = parts.map((p) => this.#bornAt.get(p));
    if (new Set(logs).size === 1) {
      this.logScale.set(value, logs[0]);
      return b.sum(parts);
    }
    const known = logs.map((l) => l ?? b.scalar(0, parts[0]!));
    const top = known.reduce((m, l) => b.op("Max", [m, l]));
    this.logScale.set(value, top);
    return b.sum(parts.map((p, i) => b.mul(p, b.exp(b.sub(known[i]!, top)))));
  }
}

/** √Σg² over several tensors without overflow: divided by the largest |g| first. 1 where the norm is 0 or not finite. */
function safeNorm(b: GraphBuilder, gs: readonly string[]): string {
  const all = (g: string): readonly number[] => b.shape(g).map((_, i) => i);
  const flat = (g: string, reduced: string): string => b.reshape(reduced, []);
  const largest = gs.map((g) => flat(g, b.reduceMax(b.op("Abs", [g]), all(g)))).reduce((m, v) => b.op("Max", [m, v]));
  const one = b.scalar(1, largest);
  const top = guarded(b, largest, one);
  const squares = gs.map((g) => flat(g, b.reduceSum(b.square(b.div(g, top)), all(g))));
  return guarded(b, b.mul(top, b.sqrt(b.sum(squares)!)), one);
}

/** v where 0 < v < ∞, else `otherwise`. */
function guarded(b: GraphBuilder, v: string, otherwise: string): string {
  const positive = b.where(b.greater(v, b.scalar(0, v)), v, otherwise);
  return b.where(b.less(positive, b.scalar(Infinity, v)), positive, otherwise);
}
