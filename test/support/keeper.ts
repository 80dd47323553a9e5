import type { Tensor } from "../../src/graph/tensor.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import type { Checkpoint, RunKeeper } from "../../src/train/keeper.js";

/** Keeps a run in memory: its lines, its checkpoints, and the files of its end. */
export interface MemoryKeeper extends RunKeeper {
  readonly checkpoints: Checkpoint[];
  readonly kept: Map<string, Uint8Array<ArrayBuffer>>;
  text: string;
  /** Tensors of a kept file. */
  tensors(name: string): ReadonlyMap<string, Tensor>;
}

/** Returns an empty keeper, or one that goes on from a checkpoint. */
export function memoryKeeper(from?: Checkpoint): MemoryKeeper {
  const keeper: MemoryKeeper = {
    checkpoints: [],
    kept: new Map(),
    text: from?.lines ?? "",
    begin: () => Promise.resolve(from),
    lines: (lines) => {
      for (const line of lines) keeper.text += `${line}\n`;
    },
    checkpoint: (step, state) => {
      keeper.checkpoints.push({ step, state: new Map([...state].map(([name, t]) => [name, { ...t, data: t.data.slice() }])), lines: keeper.text });
      return Promise.resolve();
    },
    files: (files) => {
      for (const [name, chunks] of files) keeper.kept.set(name, new Uint8Array(Buffer.concat(chunks)));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    tensors: (name) => readSafetensors(keeper.kept.get(name)!),
  };
  return keeper;
}
