import { refusePickle } from "./machine.js";
import type { Machine, PickleOptions } from "./machine.js";
import { OPCODES } from "./opcodes.js";

/** The opcode that ends a pickle. */
const STOP = 0x2e;

/** The most steps of one pickle. */
const STEPS = 40_000_000;

/**
 * Reads the pickle of protocol 0 to 5 that begins at byte `at`, and returns it with the byte behind it. Nothing that it names is run except
 * `callables`. Tuples and lists become arrays, dicts Maps, sets Sets, bytes Uint8Arrays, integers beyond 2⁵³ bigints. Error `checkpoint/invalid`.
 */
export function unpickle(bytes: Uint8Array, at: number, options: PickleOptions): { readonly value: unknown; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const m: Machine = { ...options, bytes, view, at, stack: [], marks: [], memo: new Map(), made: 0 };
  for (let step = 0; step < STEPS; step++) {
    if (m.at >= bytes.length) return refusePickle("ends early");
    const code = bytes[m.at++]!;
    if (code === STOP) return { value: m.stack.length > 0 ? m.stack.pop() : refusePickle("is empty"), end: m.at };
    (OPCODES.get(code) ?? refusePickle(`has the unknown opcode ${code}`))(m);
  }
  return refusePickle("takes too many steps");
}
