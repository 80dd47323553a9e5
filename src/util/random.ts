/**
 * Counter-based random numbers: draw `i` of the stream (seed, name) is a pure function of the three, so a tensor's values do not
 * depend on what was drawn before it, and every runtime and worker sees the same ones. The mixer is the 64-bit finaliser of
 * SplitMix64 (Steele, Lea & Flood 2014) on two 32-bit halves, seeded by an FNV-1a hash of the name.
 */
export interface Stream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(i: number): number;
  /** N(0, 1) by Box–Muller from draws 2i and 2i+1. */
  normal(i: number): number;
}

const MASK = 0xffffffffffffffffn;

function mix64(z: bigint): bigint {
  z = (z + 0x9e3779b97f4a7c15n) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** One round of a 32-bit avalanche (Wellons' lowbias32). */
function mix32(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x21f0aaad);
  x ^= x >>> 15;
  x = Math.imul(x, 0xd35a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** The stream of random numbers of a seed and a name. */
export function stream(seed: number, name: string): Stream {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  const key = mix64(hash ^ mix64(BigInt.asUintN(64, BigInt(Math.trunc(seed)))));
  const [k0, k1] = [Number(key & 0xffffffffn), Number(key >> 32n)];
  const word = (i: number, lane: number): number => {
    const low = i >>> 0;
    const high = Math.floor(i / 2 ** 32) >>> 0;
    return mix32((mix32((mix32(low ^ k0) + high + Math.imul(lane, 0x9e3779b9)) >>> 0) ^ k1) >>> 0);
  };
  const uniform = (i: number): number => ((word(i, 0) >>> 5) * 67108864 + (word(i, 1) >>> 6)) / 9007199254740992;
  return {
    uniform,
    normal: (i) => Math.sqrt(-2 * Math.log(1 - uniform(2 * i))) * Math.cos(2 * Math.PI * uniform(2 * i + 1)),
  };
}
