import { normalsFill } from "./normals-simd.js";
import type { NormalsFill } from "./normals-simd.js";

/**
 * Counter-based random numbers: draw `i` of the stream (seed, name) is a pure function of the three, so a tensor's values do not
 * depend on what was drawn before it, and every runtime and worker sees the same ones. The mixer is the 64-bit finaliser of
 * SplitMix64 (Steele, Lea & Flood 2014) on two 32-bit halves, seeded by an FNV-1a hash of the name.
 */
export interface Stream {
  /** Returns draw `i` of the uniform distribution on [0, 1), with 53 bits. */
  uniform(i: number): number;
  /** Returns draw `i` of N(0, 1), by the ziggurat. */
  normal(i: number): number;
  /** Fills `out` with `scale`·normal(0), `scale`·normal(1), … and returns it; values are rounded where `out` holds float32. */
  normals<A extends Float32Array | Float64Array>(out: A, scale?: number): A;
}

const MASK = 0xffffffffffffffffn;

function mix64(z: bigint): bigint {
  z = (z + 0x9e3779b97f4a7c15n) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** Mixes 32 bits by one avalanche round (Wellons' lowbias32). The result is signed, so that it stays in a machine word. */
function mix32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0xd35a2d97);
  return x ^ (x >>> 15);
}

/**
 * The ziggurat (Marsaglia & Tsang 2000, with the width of the layers drawn to 53 bits as Doornik 2005 asks): 256 layers of equal area under
 * e^{−x²/2}. EDGE is where the tail begins, AREA = EDGE·f(EDGE) + ∫_EDGE^∞ f; together they make the top layer end at f = 1.
 */
const EDGE = 3.654152885361009;
const AREA = 0.004928673233974658;
/** Right ends of the layers from the bottom up, and what share of each lies under the curve for certain: exactly, and in steps of 2⁻²³. */
const RIGHT = new Float64Array(257);
const INNER = new Float64Array(256);
const SURE = new Int32Array(256);
/** The right ends by the nine low bits of a draw, layer and sign, times 2⁻⁵³. */
const SIGNED = new Float64Array(512);
/** e^{−x²/2} at the right ends. */
const HEIGHT = new Float64Array(257);
{
  const f = (x: number): number => Math.exp(-0.5 * x * x);
  RIGHT[0] = AREA / f(EDGE);
  RIGHT[1] = EDGE;
  for (let k = 2; k < 256; k++) RIGHT[k] = Math.sqrt(-2 * Math.log(AREA / RIGHT[k - 1]! + f(RIGHT[k - 1]!)));
  RIGHT[256] = 0;
  for (let k = 0; k <= 256; k++) HEIGHT[k] = f(RIGHT[k]!);
  for (let k = 0; k < 256; k++) {
    INNER[k] = RIGHT[k + 1]! / RIGHT[k]!;
    SURE[k] = Math.floor(INNER[k]! * 2 ** 23);
    SIGNED[k] = RIGHT[k]! * 2 ** -53;
    SIGNED[k + 256] = -SIGNED[k]!;
  }
}
/** The step of the counter from one 32-bit word of a draw to the next. */
const WORD_STEP = 0x9e3779b9 | 0;

const baseOf = (i: number, k0: number): number => (mix32((i | 0) ^ k0) + Math.floor(i / 4294967296)) | 0;
const wordOf = (from: number, word: number, k1: number): number => mix32(mix32((from + Math.imul(word, WORD_STEP)) | 0) ^ k1);
const shareOf = (from: number, word: number, k1: number): number =>
  ((wordOf(from, word, k1) >>> 5) * 67108864 + (wordOf(from, word + 1, k1) >>> 6)) / 9007199254740992;
/** Returns an integer of 53 bits: 23 of one word and 30 of another. */
const wholeOf = (first: number, second: number): number => (first >>> 9) * 1073741824 + (second >>> 2);

/** Returns a draw of N(0, 1). Its first two words nearly always fall in the part of their layer that surely lies under the curve. */
function normalOf(from: number, k1: number): number {
  const first = mix32(from ^ k1);
  return first >>> 9 < SURE[first & 255]! ? wholeOf(first, Math.imul(from ^ k1, WORD_STEP)) * SIGNED[first & 511]! : unsure(from, k1);
}

/** Returns the draw where the first words fell outside of that part: from the rest of the layer, its wedge, the tail, or another try. */
function unsure(from: number, k1: number): number {
  for (let word = 0; ; word += 4) {
    const first = word === 0 ? mix32(from ^ k1) : wordOf(from, word, k1);
    const at = wholeOf(first, word === 0 ? Math.imul(from ^ k1, WORD_STEP) : wordOf(from, word + 1, k1));
    const layer = first & 255;
    const x = at * SIGNED[first & 511]!;
    if (at < INNER[layer]! * 2 ** 53) return x;
    if (layer === 0) {
      for (let tail = word + 2; ; tail += 4) {
        const over = -Math.log(1 - shareOf(from, tail, k1)) / EDGE;
        if (-2 * Math.log(1 - shareOf(from, tail + 2, k1)) > over * over) return (first & 256) === 0 ? EDGE + over : -EDGE - over;
      }
    }
    const height = HEIGHT[layer]! + shareOf(from, word + 2, k1) * (HEIGHT[layer + 1]! - HEIGHT[layer]!);
    if (height < Math.exp(-0.5 * x * x)) return x;
  }
}

/** The number of draws from which on the call of the vector code pays. */
const FEW = 64;
/** The vector code: undefined before its first use, null where the engine has no vectors. */
let vectors: NormalsFill | null | undefined;

/** Sets out[i] = scale·normal(i), from counter 0 on. Vectors, where the engine has them, give the same bits. */
function fillNormals(out: Float32Array | Float64Array, scale: number, k0: number, k1: number): void {
  if (out.length >= FEW) {
    vectors ??= normalsFill({ signed: SIGNED, sure: SURE, wordStep: WORD_STEP }) ?? null;
    if (vectors) {
      vectors(out, scale, k0, k1, (i) => (out[i] = scale * unsure(mix32(i ^ k0), k1)));
      return;
    }
  }
  for (let i = 0; i < out.length; i++) out[i] = scale * normalOf(mix32(i ^ k0), k1);
}

/** Returns the stream of random numbers of a seed and a name. */
export function stream(seed: number, name: string): Stream {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  const key = mix64(hash ^ mix64(BigInt.asUintN(64, BigInt(Math.trunc(seed)))));
  const [k0, k1] = [Number(key & 0xffffffffn) | 0, Number(key >> 32n) | 0];
  return {
    uniform: (i) => shareOf(baseOf(i, k0), 0, k1),
    normal: (i) => normalOf(baseOf(i, k0), k1),
    normals(out, scale = 1) {
      fillNormals(out, scale, k0, k1);
      return out;
    },
  };
}

/** Returns a permutation of 0 … n − 1, drawn by a seed and a name (Fisher & Yates; Durstenfeld 1964). */
export function permutation(n: number, seed: number, name: string): Int32Array {
  const random = stream(seed, name);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random.uniform(i) * (i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
