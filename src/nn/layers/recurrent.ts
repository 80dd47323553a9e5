import { IsogradError } from "../../util/errors.js";
import { constant, stacked } from "../init/fill.js";
import { biasFill, weightFill } from "../init/scheme.js";
import type { Net } from "../net.js";
import { activate } from "./activation.js";
import type { Activation } from "./activation.js";

export const CELLS = ["elman", "lstm", "gru"] as const;
export type Cell = (typeof CELLS)[number];

/** Number of gates; ONNX orders them i, o, f, c (LSTM) and z, r, h (GRU). */
const GATES: Readonly<Record<Cell, number>> = { elman: 1, lstm: 4, gru: 3 };
const OPS: Readonly<Record<Cell, string>> = { elman: "RNN", lstm: "LSTM", gru: "GRU" };
const FORGET_GATE = 2;

/** Options of a layer of recurrent cells. */
export interface RecurrentOptions {
  readonly cell: Cell;
  /** H, the number of hidden units. */
  readonly width: number;
  /** φ of an Elman cell. */
  readonly activation: Activation;
  /** Initial bias of the forget gates of an LSTM. */
  readonly forgetBias: number;
}

/**
 * Adds the weights W [G·H, I] and R [G·H, H] and the bias B [G·H] of G gates, each gate drawn separately. The ONNX ops (`whole`) need a leading
 * axis of directions, and a second bias for R, which is 0.
 */
function parameters(net: Net, input: number, o: RecurrentOptions, whole: boolean): readonly [string, string, string] {
  const { width, cell } = o;
  const gates = GATES[cell];
  const lead = whole ? [1] : [];
  const each = (fill: (gate: number) => ReturnType<typeof constant>): ReturnType<typeof constant>[] =>
    Array.from({ length: gates }, (_, k) => fill(k));
  const weights = (from: number): ReturnType<typeof constant> =>
    stacked(
      each(() => weightFill(net.init, { in: from, out: width })),
      [width, from],
    );
  const gateBias = (gate: number): ReturnType<typeof constant> =>
    cell === "lstm" && gate === FORGET_GATE && o.forgetBias !== 0 ? constant(o.forgetBias) : biasFill(net.init);
  const none = whole ? each(() => constant(0)) : [];
  return [
    net.parameter("W", [...lead, gates * width, input], weights(input)),
    net.parameter("R", [...lead, gates * width, width], weights(width)),
    net.parameter("B", [...lead, (whole ? 2 : 1) * gates * width], stacked([...each(gateBias), ...none], [width])),
  ];
}

/** Activations that the RNN op implements, with their attributes. */
const KNOWN: Readonly<Record<string, { readonly op: string; readonly alpha?: number; readonly beta?: number }>> = {
  relu: { op: "Relu" },
  tanh: { op: "Tanh" },
  sigmoid: { op: "Sigmoid" },
  identity: { op: "Affine", alpha: 1, beta: 0 },
  leaky: { op: "LeakyRelu", alpha: 0.01 },
  elu: { op: "Elu", alpha: 1 },
  hardsigmoid: { op: "HardSigmoid", alpha: 1 / 6, beta: 0.5 },
  softsign: { op: "Softsign" },
  softplus: { op: "Softplus" },
};

/**
 * Appends a layer as one RNN, LSTM or GRU node: [T, N, I] → all states [T, N, H] and the last one [N, H]. The initial state is
 * 0. Error `spec/invalid`.
 */
export function recurrentLayer(net: Net, x: string, o: RecurrentOptions): { readonly states: string; readonly last: string } {
  const { b } = net;
  const f = typeof o.activation === "string" ? KNOWN[o.activation] : undefined;
  if (o.cell === "elman" && !f)
    throw new IsogradError("spec/invalid", "the RNN op does not know this activation", {
      expected: Object.keys(KNOWN).join(", "),
      received: JSON.stringify(o.activation),
      fix: "give unrolled: true, which takes any",
    });
  const attrs =
    o.cell === "elman"
      ? {
          activations: [f!.op],
          ...(f!.alpha === undefined ? {} : { activation_alpha: [f!.alpha] }),
          ...(f!.beta === undefined ? {} : { activation_beta: [f!.beta] }),
        }
      : o.cell === "gru"
        ? { linear_before_reset: 1 }
        : {};
  const inputs = [x, ...parameters(net, b.shape(x)[2]!, o, true)];
  const states = b.squeeze(b.op(OPS[o.cell], inputs, { hidden_size: o.width, ...attrs }), [1]);
  return { states, last: b.op("Gather", [states, b.scalarOf("int64", -1)], { axis: 0 }) };
}

/** Appends the same layer unrolled over the time steps: x₁ … x_T, each [N, I], → h₁ … h_T, each [N, H]. All steps share W, R and B. */
export function unrolledLayer(net: Net, steps: readonly string[], o: RecurrentOptions): readonly string[] {
  const { b } = net;
  const { width } = o;
  const [W, R, B] = parameters(net, b.shape(steps[0]!)[1]!, o, false);
  let [h, c]: (string | undefined)[] = [undefined, undefined];
  const split = (v: string, parts: number): readonly string[] => b.split(v, new Array<number>(parts).fill(width), 1);
  return steps.map((x, t) =>
    net.within(`step${t + 1}`, () => {
      const own = b.op("Gemm", [x, W, B], { transB: 1 });
      const gates = h === undefined || o.cell === "gru" ? own : b.op("Gemm", [h, R, own], { transB: 1 });
      if (o.cell === "elman") return (h = activate(net, gates, o.activation));
      if (o.cell === "lstm") {
        const [i, out, f, g] = split(gates, 4);
        const fresh = b.mul(b.op("Sigmoid", [i!]), b.op("Tanh", [g!]));
        c = c === undefined ? fresh : b.add(b.mul(b.op("Sigmoid", [f!]), c), fresh);
        return (h = b.mul(b.op("Sigmoid", [out!]), b.op("Tanh", [c])));
      }
      const [xz, xr, xn] = split(gates, 3);
      const [hz, hr, hn] = h === undefined ? [] : split(b.op("Gemm", [h, R], { transB: 1 }), 3);
      const sum = (a: string, v: string | undefined): string => (v === undefined ? a : b.add(a, v));
      const z = b.op("Sigmoid", [sum(xz!, hz)]);
      const n = b.op("Tanh", [hn === undefined ? xn! : b.add(xn!, b.mul(b.op("Sigmoid", [sum(xr!, hr)]), hn))]);
      const fresh = b.mul(b.sub(b.scalar(1, z), z), n);
      return (h = h === undefined ? fresh : b.add(fresh, b.mul(z, h)));
    }),
  );
}
