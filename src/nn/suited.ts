import { architectureNamed, resolveNet } from "./spec.js";
import type { NetSpec } from "./spec.js";

/** What examples look like to a network. */
export interface ExampleShape {
  /** The shape of one; undefined where examples have several inputs. */
  readonly shape: readonly number[] | undefined;
  /** How many tokens there are, where examples are made of them. */
  readonly kinds: number | undefined;
  /** How many rows a table of them needs, where examples are made of integers. */
  readonly rows: number | undefined;
  /** How many outputs are wanted: classes, or numbers. */
  readonly outputs: number | undefined;
  /** Whether something is to be learned at every position of a sequence. */
  readonly everywhere: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Returns the spec with what the examples say of its fields, where it does not say them itself and its architecture has them: the input, the length of a sequence, the
 * vocabulary, and the classes. A network with a vocabulary that answers at every position sees no later ones, among which its answers may be.
 */
export function suitedTo(spec: NetSpec, examples: ExampleShape): NetSpec {
  const { fields } = resolveNet(spec);
  const own = architectureNamed(spec.arch).fields;
  const found: Fields = { ...(examples.outputs === undefined ? {} : { classes: examples.outputs }), ...inputOf(fields, own, examples) };
  return { ...spec, ...Object.fromEntries(Object.entries(found).filter(([name]) => name in own && !(name in spec))) };
}

/** The fields that describe an input. */
function inputOf(fields: Fields, own: Fields, { shape, kinds, rows, everywhere }: ExampleShape): Fields {
  if (shape === undefined || shape.length === 0) return {};
  if ("length" in own) return "vocabulary" in own ? positionsOf(shape, rows, everywhere) : stepsOf(shape, kinds);
  const seen = kinds === undefined ? shape : [...shape, kinds];
  // Without a list of sizes the input is a row of features.
  if (!Array.isArray(fields["input"])) return { input: seen.reduce((n, d) => n * d, 1) };
  return fields["input"].length === seen.length ? { input: [...seen] } : {};
}

/** The fields of a network whose positions are tokens, or rows of features. */
function positionsOf(shape: readonly number[], rows: number | undefined, everywhere: boolean): Fields {
  const { length, features } = sequenceOf(shape);
  const output = everywhere ? "all" : "mean";
  if (length === undefined) return { output };
  // Heads divide the features among them.
  const heads = [4, 2, 1].find((h) => features % h === 0)!;
  return rows === undefined ? { length, width: features, heads, output } : { length, vocabulary: rows, output, causal: everywhere };
}

/** The fields of a network that goes through a sequence step by step. */
function stepsOf(shape: readonly number[], kinds: number | undefined): Fields {
  const { length, features } = sequenceOf(shape);
  return length === undefined ? {} : { length, input: kinds ?? features };
}

/** What examples are as a sequence: an image one of its rows, a row one of its numbers. */
function sequenceOf(shape: readonly number[]): { readonly length?: number; readonly features: number } {
  const [length, features = 1, ...more] = shape.length > 2 ? shape.filter((d) => d !== 1) : shape;
  return length === undefined || more.length > 0 ? { features } : { length, features };
}
