import { stream } from "../../src/util/random.js";

/** A batch of rows, and the gradient that flowed back to it. */
export interface Rows {
  readonly n: number;
  readonly x: Float64Array;
  readonly g: Float64Array;
}

/** A tiny tape in float64, written for these tests alone: rows × features, the way back as closures. Shares nothing with the library's rules. */
export class Tape {
  readonly #back: (() => void)[] = [];
  #drawn = 0;
  readonly #normal: (i: number) => number;

  constructor(
    seed: number,
    readonly rows: number,
  ) {
    const random = stream(seed, "simulation");
    this.#normal = (i) => random.normal(i);
  }

  normal(): number {
    return this.#normal(this.#drawn++);
  }

  make(n: number, fill: (i: number) => number = () => 0): Rows {
    return { n, x: Float64Array.from({ length: this.rows * n }, (_, i) => fill(i)), g: new Float64Array(this.rows * n) };
  }

  input(n: number): Rows {
    return this.make(n, () => this.normal());
  }

  /** W of variance sigmaW2/fan-in (and biases), drawn afresh. */
  weights(from: number, to: number, sigmaW2: number): Float64Array {
    const s = Math.sqrt(sigmaW2 / from);
    return Float64Array.from({ length: from * to }, () => s * this.normal());
  }

  linear(a: Rows, sigmaW2: number, to: number = a.n, sigmaB2 = 0, w: Float64Array = this.weights(a.n, to, sigmaW2)): Rows {
    const from = a.n;
    const bias = Float64Array.from({ length: to }, () => (sigmaB2 === 0 ? 0 : Math.sqrt(sigmaB2) * this.normal()));
    const y = this.make(to);
    for (let r = 0; r < this.rows; r++)
      for (let i = 0; i < to; i++) {
        let sum = bias[i]!;
        for (let j = 0; j < from; j++) sum += w[i * from + j]! * a.x[r * from + j]!;
        y.x[r * to + i] = sum;
      }
    this.#back.push(() => {
      for (let r = 0; r < this.rows; r++)
        for (let i = 0; i < to; i++) {
          const g = y.g[r * to + i]!;
          if (g !== 0) for (let j = 0; j < from; j++) a.g[r * from + j]! += w[i * from + j]! * g;
        }
    });
    return y;
  }

  act(a: Rows, phi: (x: number) => number, dphi: (x: number) => number): Rows {
    const y = this.make(a.n, (i) => phi(a.x[i]!));
    this.#back.push(() => y.g.forEach((g, i) => (a.g[i]! += g * dphi(a.x[i]!))));
    return y;
  }

  /** Σ cᵢ·aᵢ elementwise. */
  sum(...terms: readonly (readonly [number, Rows])[]): Rows {
    const y = this.make(terms[0]![1].n, (i) => terms.reduce((s, [c, a]) => s + c * a.x[i]!, 0));
    this.#back.push(() => {
      for (const [c, a] of terms) y.g.forEach((g, i) => (a.g[i]! += c * g));
    });
    return y;
  }

  mul(a: Rows, b: Rows): Rows {
    const y = this.make(a.n, (i) => a.x[i]! * b.x[i]!);
    this.#back.push(() =>
      y.g.forEach((g, i) => {
        a.g[i]! += g * b.x[i]!;
        b.g[i]! += g * a.x[i]!;
      }),
    );
    return y;
  }

  /** (x − mean)/sd over the examples (`batch`) or over the features (`layer`). */
  norm(a: Rows, over: "batch" | "layer"): Rows {
    const { n } = a;
    const [groups, size] = over === "batch" ? [n, this.rows] : [this.rows, n];
    const at = (group: number, k: number): number => (over === "batch" ? k * n + group : group * n + k);
    const y = this.make(n);
    const sds = new Float64Array(groups);
    for (let c = 0; c < groups; c++) {
      let mean = 0;
      for (let k = 0; k < size; k++) mean += a.x[at(c, k)]! / size;
      let v = 0;
      for (let k = 0; k < size; k++) v += (a.x[at(c, k)]! - mean) ** 2 / size;
      sds[c] = Math.sqrt(v);
      for (let k = 0; k < size; k++) y.x[at(c, k)] = sds[c] === 0 ? 0 : (a.x[at(c, k)]! - mean) / sds[c]!;
    }
    this.#back.push(() => {
      for (let c = 0; c < groups; c++) {
        if (sds[c] === 0) continue;
        let [mean, dot] = [0, 0];
        for (let k = 0; k < size; k++) {
          mean += y.g[at(c, k)]! / size;
          dot += (y.g[at(c, k)]! * y.x[at(c, k)]!) / size;
        }
        for (let k = 0; k < size; k++) a.g[at(c, k)]! += (y.g[at(c, k)]! - mean - dot * y.x[at(c, k)]!) / sds[c]!;
      }
    });
    return y;
  }

  /** Runs back from a drawn cotangent on `out` (the same for every row when `shared`). */
  backward(out: Rows, shared = false): void {
    const first = Array.from({ length: out.n }, () => this.normal());
    out.g.forEach((_, i) => (out.g[i] = shared ? first[i % out.n]! : this.normal()));
    for (const step of this.#back.reverse()) step();
  }
}

export const squares = (v: Float64Array): number => v.reduce((s, x) => s + x * x, 0);

/** Mean and standard error of ln(‖g_0‖²/‖g_L‖²) over seeds, and ln of the mean of the output's mean square. */
export function simulate(
  seeds: number,
  rows: number,
  width: number,
  build: (t: Tape, x: Rows) => Rows,
): { readonly lnG: number; readonly error: number; readonly variance: number; readonly lnSquare: number } {
  const values: number[] = [];
  let square = 0;
  for (let s = 0; s < seeds; s++) {
    const t = new Tape(s + 1, rows);
    const x = t.input(width);
    const out = build(t, x);
    t.backward(out);
    values.push(Math.log(squares(x.g) / squares(out.g)));
    square += squares(out.x) / out.x.length / seeds;
  }
  const mean = values.reduce((s, v) => s + v, 0) / seeds;
  const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (seeds - 1);
  return { lnG: mean, error: Math.sqrt(variance / seeds), variance, lnSquare: Math.log(square) };
}
