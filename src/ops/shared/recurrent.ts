import type { GraphBuilder } from "../../graph/builder.js";
import type { AttrSpec, DecomposeContext } from "../op.js";

/** Attributes that RNN, GRU and LSTM share. */
export const RECURRENT_ATTRS: Readonly<
  Record<"activation_alpha" | "activation_beta" | "activations" | "clip" | "direction" | "hidden_size" | "layout", AttrSpec>
> = {
  activation_alpha: { kind: "floats" },
  activation_beta: { kind: "floats" },
  activations: { kind: "strings" },
  clip: { kind: "float" },
  direction: { kind: "string", default: "forward", oneOf: ["forward", "reverse", "bidirectional"] },
  hidden_size: { kind: "int" },
  layout: { kind: "flag", default: 0 },
};

/** Ports that the unrolling reads. */
export type RecurrentPorts = "X" | "W" | "R" | "B" | "sequence_lens" | "initial_h";

type Activation = (v: string) => string;

/** One direction of a layer, as its cell reads it: G gates of H units, I inputs. */
export interface DirectionPass {
  readonly b: GraphBuilder;
  /** H, the number of hidden units. */
  readonly hidden: number;
  /** The index of the direction: 0, or 1 for the second of a bidirectional layer. */
  readonly index: number;
  /** Recurrence weights [G·H, H]. */
  readonly R: string;
  /** The bias of the inputs [G·H]; undefined when there is none. */
  readonly Wb: string | undefined;
  /** The bias of the recurrence [G·H]; undefined when there is none. */
  readonly Rb: string | undefined;
  /** The activation functions f, g and h in the order of the standard; all but LSTM's h clip their input. */
  readonly activations: readonly Activation[];
  /** Returns the part of an input that belongs to this direction: [D, …] → […]. */
  own(value: string): string;
}

/** Describes how a kind of layer steps through time. */
export interface Cell {
  /** The bias that can be added to all time steps at once. */
  readonly bias: string | undefined;
  /** Widths into which the projected input is split, in units of the hidden size (default: one part). */
  readonly columns?: readonly number[];
  /** Computes the next states from the parts of the projected input [B, ·] and the states [B, H]; the first state is h. */
  step(x: readonly string[], state: readonly string[]): readonly string[];
}

/** Describes a kind of recurrent layer: RNN, GRU or LSTM. */
export interface RecurrentKind {
  readonly gates: number;
  readonly activations: readonly string[];
  /** Initial states in order, h first: value names, `""` for zeros. */
  readonly initial: readonly string[];
  cell(pass: DirectionPass): Cell;
}

/**
 * Unrolls a recurrent layer over its time steps: X·Wᵀ for all steps at once, then one cell per step. Returns Y [T, D, B, H] and the last states [D, B, H].
 * The hidden states are named `NODE/h_t` (`NODE/reverse/h_t` in the reverse direction). Steps beyond a sequence's length keep the states and output 0.
 */
export function unroll<I extends RecurrentPorts>(c: DecomposeContext<I>, kind: RecurrentKind): readonly string[] {
  const { b, attrs } = c;
  const x = c.x as Readonly<Record<RecurrentPorts, string>>;
  const batchFirst = attrs.flag("layout");
  const order = (v: string): string => (batchFirst && v !== "" ? b.transpose(v, [1, 0, 2]) : v);
  const direction = attrs.string("direction");
  const directions = direction === "bidirectional" ? ["forward", "reverse"] : [direction];
  const count = directions.length;
  const [steps, batch, input] = b.shape(order(x.X)) as [number, number, number];
  const hidden = b.shape(x.R)[2] ?? 0;
  checkShapes(c, x, kind.gates, count, hidden);

  const rows = new Map<string, readonly string[]>();
  const own = (value: string, index: number): string => {
    let parts = rows.get(value);
    if (!parts)
      rows.set(
        value,
        (parts = b.split(
          value,
          directions.map(() => 1),
          0,
        )),
      );
    return b.reshape(parts[index]!, b.shape(value).slice(1));
  };
  const flat = b.reshape(order(x.X), [steps * batch, input]);
  const initial = kind.initial.map(order);
  const choose = activations(c, kind.activations, count);
  const keep = masks(c, x.sequence_lens, steps, batch);

  const passes = directions.map((direction, index) => {
    const forward = direction === "forward";
    const [Wb, Rb] = x.B === "" ? [] : b.split(own(x.B, index), [kind.gates * hidden, kind.gates * hidden], 0);
    const cell = kind.cell({ b, hidden, index, R: own(x.R, index), Wb, Rb, activations: choose(index), own: (v) => own(v, index) });
    const projected = b.op("Gemm", [flat, own(x.W, index), cell.bias ?? ""], { transB: 1 });
    const columns = b.split(
      projected,
      (cell.columns ?? [kind.gates]).map((n) => n * hidden),
      1,
    );
    const perStep = steps === 0 ? [] : columns.map((part) => b.split(part, new Array<number>(steps).fill(batch), 0));
    let state: readonly string[] = initial.map((v) => (v === "" ? b.full(0, { dtype: b.dtype(x.X), shape: [batch, hidden] }) : own(v, index)));
    const ys = new Array<string>(steps);
    for (let i = 0; i < steps; i++) {
      const t = forward ? i : steps - 1 - i;
      const start = b.nodes.length;
      const mask = keep(t);
      const next = cell.step(
        perStep.map((part) => part[t]!),
        state,
      );
      const kept = mask === undefined ? next : next.map((v, k) => b.where(mask, v, state[k]!));
      const name = b.fresh(`${c.node.name}/${forward ? "" : "reverse/"}h_${t}`);
      state = b.rename(kept[0]!, name, start) ? [name, ...kept.slice(1)] : kept;
      ys[t] = mask === undefined ? state[0]! : b.where(mask, state[0]!, b.scalar(0, x.X));
    }
    return { ys, state };
  });

  const last = kind.initial.map((_, k) => (): string => {
    const all = b.reshape(
      b.concat(
        passes.map((p) => p.state[k]!),
        0,
      ),
      [count, batch, hidden],
    );
    return order(all);
  });
  const sequence = (): string => {
    if (steps === 0) return b.full(0, { dtype: b.dtype(x.X), shape: batchFirst ? [batch, 0, count, hidden] : [0, count, batch, hidden] });
    const each = passes.map((p) => b.reshape(b.concat(p.ys, 0), [steps, 1, batch, hidden]));
    const all = b.concat(each, 1);
    return batchFirst ? b.transpose(all, [2, 0, 1, 3]) : all;
  };
  return [sequence, ...last].map((make, i) => (c.wants(i) ? make() : ""));
}

function checkShapes(c: DecomposeContext, x: Readonly<Record<RecurrentPorts, string>>, gates: number, directions: number, hidden: number): void {
  const { b, attrs } = c;
  const declared = attrs.optionalInt("hidden_size") ?? hidden;
  if (declared !== hidden) c.fail("hidden_size differs from the width of R", { expected: String(hidden), received: String(declared) });
  const check = (port: RecurrentPorts, shape: readonly number[]): void => {
    if (x[port] === "") return;
    const own = b.shape(x[port]);
    if (own.join() !== shape.join())
      c.fail(`its input ${port} has another shape`, { expected: `[${shape.join(", ")}]`, received: `[${own.join(", ")}]` });
  };
  const data = b.shape(x.X);
  if (data.length !== 3) c.fail("its input X is not of rank 3", { received: `[${data.join(", ")}]` });
  const batch = data[attrs.flag("layout") ? 0 : 1]!;
  check("W", [directions, gates * hidden, data[2]!]);
  check("R", [directions, gates * hidden, hidden]);
  check("B", [directions, 2 * gates * hidden]);
  check("sequence_lens", [batch]);
  check("initial_h", attrs.flag("layout") ? [batch, directions, hidden] : [directions, batch, hidden]);
}

/** Gives for a time step the column of booleans that says which sequences still run; undefined where all do. */
function masks(c: DecomposeContext, lens: string, steps: number, batch: number): (t: number) => string | undefined {
  const { b } = c;
  if (lens === "") return () => undefined;
  const known = b.constantOf(lens);
  const shortest = known ? Math.min(steps, ...known.data) : 0;
  const column = b.reshape(lens, [batch, 1]);
  return (t) => (t < shortest ? undefined : b.greater(column, b.scalarOf(b.dtype(lens), t)));
}

/** How many of alpha and beta a function takes, and their defaults. */
const PARAMETERS: Readonly<Record<string, readonly (number | undefined)[]>> = {
  relu: [],
  tanh: [],
  sigmoid: [],
  softsign: [],
  softplus: [],
  affine: [undefined, undefined],
  scaledtanh: [undefined, undefined],
  leakyrelu: [0.01],
  thresholdedrelu: [1],
  elu: [1],
  hardsigmoid: [0.2, 0.5],
};

/** Returns the activation functions of each direction. Names are compared without case; alphas and betas go in order to the functions that take them. */
function activations(c: DecomposeContext, defaults: readonly string[], directions: number): (index: number) => readonly Activation[] {
  const { b, attrs } = c;
  const names = attrs.optionalStrings("activations") ?? Array.from({ length: directions }, () => defaults).flat();
  const count = defaults.length * directions;
  if (names.length < count) c.fail("it names too few activations", { expected: String(count), received: String(names.length) });
  const given = [[...(attrs.optionalFloats("activation_alpha") ?? [])], [...(attrs.optionalFloats("activation_beta") ?? [])]];
  const limit = attrs.optionalFloat("clip");
  const all = names.slice(0, count).map((name, k): Activation => {
    // The standard's third function, h of LSTM, takes the cell state: onnxruntime does not clip that.
    const bound = k % defaults.length === 2 ? undefined : limit;
    const takes = PARAMETERS[name.toLowerCase()];
    if (!takes) return c.fail(`it has the unknown activation "${name}"`, { expected: "one of the functions that the ONNX standard lists" });
    const [alpha = 0, beta = 0] = takes.map(
      (value, i) => given[i]!.shift() ?? value ?? c.fail(`its activation ${name} lacks ${i === 0 ? "activation_alpha" : "activation_beta"}`),
    );
    return (v) => apply(b, name.toLowerCase(), clipped(b, v, bound), alpha, beta);
  });
  return (index) => all.slice(index * defaults.length, (index + 1) * defaults.length);
}

const clipped = (b: GraphBuilder, v: string, limit: number | undefined): string =>
  limit === undefined || limit <= 0 ? v : b.op("Clip", [v, b.scalar(-limit, v), b.scalar(limit, v)]);

function apply(b: GraphBuilder, name: string, v: string, alpha: number, beta: number): string {
  switch (name) {
    case "relu":
      return b.op("Relu", [v]);
    case "tanh":
      return b.op("Tanh", [v]);
    case "sigmoid":
      return b.op("Sigmoid", [v]);
    case "softsign":
      return b.op("Softsign", [v]);
    case "softplus":
      return b.op("Softplus", [v]);
    case "affine":
      return b.shift(b.scale(v, alpha), beta);
    case "scaledtanh":
      return b.scale(b.op("Tanh", [b.scale(v, beta)]), alpha);
    case "leakyrelu":
      return b.op("LeakyRelu", [v], { alpha });
    case "thresholdedrelu":
      return b.op("ThresholdedRelu", [v], { alpha });
    case "elu":
      return b.op("Elu", [v], { alpha });
    default:
      return b.op("HardSigmoid", [v], { alpha, beta });
  }
}
