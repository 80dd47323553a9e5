import { readFileSync } from "node:fs";

// Steps of training as PyTorch makes them in float64, which tools/fixtures/make_training.py wrote.

const DIR = new URL("../fixtures/training/", import.meta.url);

/** The bytes of one of its files. */
export const trainingFile = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, DIR)));

/** How ten steps were made. */
export interface TrainingRun {
  readonly optimizer: string;
  readonly lr: number;
  readonly decay?: number;
  readonly clip?: string;
  readonly bound?: number;
}

/** All of them, by name. */
export const TRAINING_RUNS = JSON.parse(new TextDecoder().decode(trainingFile("runs.json"))) as Record<string, TrainingRun>;
