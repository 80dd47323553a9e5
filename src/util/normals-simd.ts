import { NORMALS_WASM } from "./normals-simd.wasm.js";

/** The tables and the constant of the ziggurat in random.ts. */
export interface Tables {
  /** Right ends of the layers by the nine low bits of a draw, times 2⁻⁵³. */
  readonly signed: Float64Array;
  /** The share of each layer, in steps of 2⁻²³, that surely lies under the curve. */
  readonly sure: Int32Array;
  /** The factor on the counter that gives the second word of a draw. */
  readonly wordStep: number;
}

/** Fills `out` with scale·normal(0), scale·normal(1), … where the fast path decides; `odd` is called with the index of every other draw. */
export type NormalsFill = (out: Float32Array | Float64Array, scale: number, k0: number, k1: number, odd: (i: number) => void) => void;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Documented where it is written, in normals-simd.wat. */
  readonly fill: (single: number, from: number, to: number, k0: number, k1: number, wordStep: number, scale: number) => number;
}
/** The part of WebAssembly's JavaScript interface that is used here. */
interface Engine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

/** Elements that one call of the module computes. */
const CHUNK = 4096;
/** The byte offsets in the module's memory of the draws and of the indices of odd ones; the table of 512 entries of 16 bytes begins at 0. */
const OUT = 512 * 16;
const ODD = OUT + 8 * CHUNK;

/**
 * Returns the fast path of the ziggurat for four counters at once, in WebAssembly (normals-simd.wat). It gives the same bits as the plain loop, two to
 * three times as fast. Undefined where the engine has no WebAssembly with vectors.
 */
export function normalsFill({ signed, sure, wordStep }: Tables): NormalsFill | undefined {
  let exports: Exports;
  try {
    const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Engine };
    const bytes = Uint8Array.from(atob(NORMALS_WASM), (c) => c.charCodeAt(0));
    exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  } catch {
    return undefined;
  }
  const { memory, fill } = exports;
  const table = new DataView(memory.buffer, 0, OUT);
  for (let k = 0; k < 512; k++) {
    table.setFloat64(16 * k, signed[k]!, true);
    table.setInt32(16 * k + 8, sure[k & 255]!, true);
  }
  const singles = new Float32Array(memory.buffer, OUT, CHUNK);
  const doubles = new Float64Array(memory.buffer, OUT, CHUNK);
  const odds = new Int32Array(memory.buffer, ODD, CHUNK);
  return (out, scale, k0, k1, odd) => {
    const single = out instanceof Float32Array;
    for (let from = 0; from < out.length; from += CHUNK) {
      const n = Math.min(CHUNK, out.length - from);
      const count = fill(single ? 1 : 0, from, from + n, k0, k1, wordStep, scale);
      if (single) out.set(n === CHUNK ? singles : singles.subarray(0, n), from);
      else out.set(n === CHUNK ? doubles : doubles.subarray(0, n), from);
      for (let k = 0; k < count; k++) if (odds[k]! < out.length) odd(odds[k]!);
    }
  };
}
