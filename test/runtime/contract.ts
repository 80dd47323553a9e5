import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { Graph } from "../../src/graph/graph.js";
import { int64s, isFloat, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { allOps, newBuilder } from "../../src/ops/registry.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import type { Runtime, Values } from "../../src/runtime/runtime.js";
import { IsogradError } from "../../src/util/errors.js";
import { stream } from "../../src/util/random.js";
import { error } from "../support/error.js";
import { build } from "../support/examples.js";

// What every runtime keeps, on every host: this file needs neither a test framework nor Node, so that a page in a browser runs it too.

export interface Case {
  readonly name: string;
  /** Fails by an error that says what differs. */
  run(runtime: Runtime): Promise<void>;
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

function expectClose(got: Values, wanted: Values, tolerance: (t: Tensor) => number): void {
  expect([...got.keys()].join() === [...wanted.keys()].join(), `outputs ${[...got.keys()].join()}, not ${[...wanted.keys()].join()}`);
  for (const [name, w] of wanted) {
    const g = got.get(name)!;
    expect(g.dtype === w.dtype && g.shape.join() === w.shape.join(), `${name} is ${g.dtype} [${g.shape.join()}], not ${w.dtype} [${w.shape.join()}]`);
    expect(g.data.length === w.data.length, `${name} has ${g.data.length} elements, not ${w.data.length}`);
    const off = error(g, w);
    expect(off <= tolerance(w), `${name} is off by ${off}`);
  }
}

const sameBits = (got: Values, wanted: Values): void => expectClose(got, wanted, () => 0);
const rounded = (t: Tensor): number => (t.dtype === "float32" ? 2e-5 : t.dtype === "float64" ? 1e-12 : 0);

async function refused(work: Promise<unknown>, code: string): Promise<void> {
  const outcome = await work.then(
    () => "nothing",
    (e: unknown) => (e instanceof IsogradError ? e.code : String(e)),
  );
  expect(outcome === code, `refused by ${outcome}, not by ${code}`);
}

const draw = (shape: readonly number[], name: string, seed = 3, scale = 1): Tensor =>
  tensor("float32", shape, stream(seed, name).normals(new Float64Array(shape.reduce((n, d) => n * d, 1)), scale));

/** A tanh network with its gradient, the weights of one seed, and a constant of 8 elements; `depth` layers. */
function net(seed: number, depth = 6): { readonly graph: Graph; readonly weights: Map<string, Tensor> } {
  const b = newBuilder();
  const weights = new Map<string, Tensor>();
  const weight = (name: string, shape: readonly number[]): string => {
    weights.set(name, draw(shape, name, seed, 0.5));
    return b.initializer(name, weights.get(name)!, false);
  };
  let h = b.input("x", { dtype: "float32", shape: [4, 8] });
  for (let l = 0; l < depth; l++) h = b.op("Tanh", [b.op("Gemm", [h, weight(`w${l}`, [8, 8]), weight(`b${l}`, [8])], { transB: 1 })]);
  const shift = b.initializer("shift", tensor("float32", [8], new Float64Array(8).fill(0.5)), true);
  const loss = b.reduceSum(b.square(b.add(h, shift)), [0, 1], false);
  b.outputs.push(loss);
  const { graph } = gradientGraph(b.build("net"), { loss, wrt: [...weights.keys()] });
  // An output that is a weight, and one that is an input.
  return { graph: { ...graph, outputs: [...graph.outputs, "w1", "x"] }, weights };
}
const feeds = new Map([["x", draw([4, 8], "x", 0)]]);

/** One step of gradient descent as a graph: w becomes w − .1·ḡ, for every weight. */
function step(): { readonly graph: Graph; readonly carry: Map<string, string>; readonly weights: Map<string, Tensor> } {
  const b = newBuilder();
  const weights = new Map([0, 1, 2].map((l) => [`w${l}`, draw([8, 8], `w${l}`, 1, 0.3)]));
  let h = b.input("x", { dtype: "float32", shape: [4, 8] });
  for (const [name, w] of weights) h = b.op("Tanh", [b.matmul(h, b.initializer(name, w, false))]);
  const loss = b.reduceSum(b.square(h), [0, 1], false);
  b.outputs.push(loss);
  const made = gradientGraph(b.build("step"), { loss, wrt: [...weights.keys()] });
  const c = newBuilder(made.graph);
  const carry = new Map<string, string>();
  const rate = c.constant(tensor("float32", [], [0.1]));
  for (const name of weights.keys()) carry.set(name, c.op("Sub", [name, c.op("Mul", [rate, made.grads.get(name) ?? name])]));
  c.outputs.push(...carry.values());
  return { graph: c.build("step"), carry, weights };
}

const machine: readonly Case[] = [
  {
    name: "a gradient is that of the op files, outputs that are weights or inputs included",
    run: async (runtime) => {
      const { graph } = net(1);
      const e = await runtime.prepare(graph);
      expectClose(await e.run(feeds), evaluateGraph(graph, feeds), rounded);
      await e.dispose();
    },
  },
  {
    name: "a run repeated gives the same bits, however many are under way",
    run: async (runtime) => {
      const [one, two] = [net(1), net(2, 3)];
      const [a, b] = [await runtime.prepare(one.graph), await runtime.prepare(two.graph)];
      const [first, other] = [await a.run(feeds), await b.run(feeds)];
      const all = await Promise.all([a.run(feeds), b.run(feeds), a.run(feeds), b.run(feeds)]);
      sameBits(all[0], first);
      sameBits(all[1], other);
      sameBits(all[2], first);
      sameBits(all[3], other);
      await a.dispose();
      sameBits(await b.run(feeds), other);
      await b.dispose();
    },
  },
  {
    name: "weights given to a run give the bits of a graph prepared with them, and leave the prepared ones",
    run: async (runtime) => {
      const [one, two] = [net(1), net(2)];
      const [mine, theirs] = [await runtime.prepare(one.graph), await runtime.prepare(two.graph)];
      const own = await mine.run(feeds);
      sameBits(await mine.run(feeds, two.weights), await theirs.run(feeds));
      sameBits(await mine.run(feeds), own);
      expect(error((await mine.run(feeds, two.weights)).get("w1")!, own.get("w1")!) > 0.1, "the weights had no effect");
      await mine.dispose();
      await theirs.dispose();
    },
  },
  {
    name: "what does not fit is refused: inputs missing, of another shape or type, weights that are none, of another type, or constants",
    run: async (runtime) => {
      const e = await runtime.prepare(net(1).graph);
      await refused(e.run(new Map()), "batch/missing");
      await refused(e.run(new Map([["x", draw([4, 7], "x")]])), "batch/shape");
      await refused(e.run(new Map([["x", tensor("int32", [4, 8], new Float64Array(32))]])), "batch/dtype");
      await refused(e.run(new Map([["x", { dtype: "float32", shape: [4, 8], data: new Float32Array(3) }]])), "batch/shape");
      await refused(e.run(feeds, new Map([["w9", draw([8, 8], "w9")]])), "graph/invalid");
      await refused(e.run(feeds, new Map([["w1", draw([8, 4], "w1")]])), "graph/invalid");
      await refused(e.run(feeds, new Map([["shift", draw([8], "shift")]])), "graph/invalid");
      sameBits(await e.run(feeds), await e.run(feeds));
      await e.dispose();
    },
  },
  {
    name: "float64 values for float32 inputs are taken",
    run: async (runtime) => {
      const e = await runtime.prepare(net(1).graph);
      const wide = tensor("float64", [4, 8], feeds.get("x")!.data);
      sameBits(new Map([["loss", (await e.run(new Map([["x", wide]]))).get("loss")!]]), new Map([["loss", (await e.run(feeds)).get("loss")!]]));
      await e.dispose();
    },
  },
  {
    name: "values that an op refuses during the run are refused as the batch's, and the next run is right",
    run: async (runtime) => {
      const b = newBuilder();
      b.outputs.push(b.op("Gather", [b.input("x", { dtype: "float32", shape: [2, 3] }), b.input("i", { dtype: "int64", shape: [1] })], { axis: 0 }));
      const graph = b.build("gather");
      const e = await runtime.prepare(graph);
      const at = (i: number): Values => new Map([["x", draw([2, 3], "x")], ["i", int64s([i])]]); // prettier-ignore
      await refused(e.run(at(7)), "batch/value");
      expectClose(await e.run(at(1)), evaluateGraph(graph, at(1)), rounded);
      await e.dispose();
    },
  },
  {
    name: "after it was disposed of, a graph does not run",
    run: async (runtime) => {
      const e = await runtime.prepare(net(1).graph);
      await e.dispose();
      await refused(e.run(feeds), "runtime/failed");
    },
  },
  {
    name: "integers, booleans, single elements and tensors without elements cross the border as they are",
    run: async (runtime) => {
      const b = newBuilder();
      const [i, u, t, none] = [
        b.input("i", { dtype: "int64", shape: [3] }),
        b.input("u", { dtype: "uint8", shape: [3] }),
        b.input("t", { dtype: "bool", shape: [3] }),
        b.input("none", { dtype: "float32", shape: [0, 4] }),
      ];
      b.outputs.push(b.op("Neg", [i]), b.op("Identity", [u]), b.op("Not", [t]), b.op("Tanh", [none]), b.op("ReduceSum", [i], { keepdims: 0 }));
      const graph = b.build("types");
      const given = new Map([
        ["i", int64s([2 ** 53 - 1, -5, 0])],
        ["u", tensor("uint8", [3], [0, 128, 255])],
        ["t", tensor("bool", [3], [0, 1, 1])],
        ["none", tensor("float32", [0, 4], [])],
      ]);
      const e = await runtime.prepare(graph);
      sameBits(await e.run(given), evaluateGraph(graph, given));
      await e.dispose();
    },
  },
  {
    name: "not-a-number and infinity arrive",
    run: async (runtime) => {
      const b = newBuilder();
      const x = b.input("x", { dtype: "float32", shape: [4] });
      b.outputs.push(b.op("Log", [x]), b.op("Reciprocal", [x]));
      const graph = b.build("poles");
      const given = new Map([["x", tensor("float32", [4], [0, -1, Infinity, NaN])]]);
      const e = await runtime.prepare(graph);
      expectClose(await e.run(given), evaluateGraph(graph, given), rounded);
      await e.dispose();
    },
  },
  {
    name: "steps keep the weights beside the sessions: bit for bit what feeding them back gives, snapshots and restores included",
    run: async (runtime) => {
      const { graph, carry, weights } = step();
      const e = await runtime.prepare(graph);
      const s = await runtime.stepper(graph, carry);
      const fedBack = async (from: Values): Promise<[Values, Map<string, Tensor>]> => {
        const out = await e.run(feeds, from);
        return [out, new Map([...carry].map(([w, o]) => [w, out.get(o)!]))];
      };
      let own: Values = weights;
      const losses: number[] = [];
      for (let n = 0; n < 5; n++) {
        const [out, next] = await fedBack(own);
        const got = await s.step(feeds);
        expect(carry.size > 0 && [...carry.values()].every((o) => !got.has(o)), "carried outputs came back");
        for (const [name, t] of got) expect(error(t, out.get(name)!) === 0, `${name} differs in step ${n}`);
        losses.push(got.get("loss")!.data[0]!);
        own = next;
      }
      expect(
        losses.every((l, n) => n === 0 || l < losses[n - 1]!),
        `the loss does not fall: ${losses.join()}`,
      );
      sameBits(await s.snapshot(), own);
      await refused(s.step(new Map()), "batch/missing");
      sameBits(await s.snapshot(), own);
      await s.restore(weights);
      sameBits(await s.snapshot(), weights);
      const again = await s.step(feeds);
      expect(again.get("loss")!.data[0] === losses[0], "a restored net takes another first step");
      await refused(s.restore(new Map([["w0", draw([8, 4], "w0")]])), "graph/invalid");
      // A snapshot is a copy: later steps leave it.
      const kept = await s.snapshot();
      const copy = new Map([...kept].map(([k, t]) => [k, { ...t, data: t.data.slice() }]));
      await s.step(feeds);
      sameBits(kept, copy);
      await s.dispose();
      await e.dispose();
    },
  },
  {
    name: "several steps at once are the same bits as single ones, and can be taken back",
    run: async (runtime) => {
      const { graph, carry, weights } = step();
      const [one, many] = [await runtime.stepper(graph, carry), await runtime.stepper(graph, carry)];
      const rows = (n: number): Values =>
        new Map(
          [...feeds].map(([name, t]) => {
            const data = new Float64Array(n * t.data.length).map(
              (_, i) => t.data[i % t.data.length]! * (t.dtype === "float32" ? 1 - Math.floor(i / t.data.length) / 8 : 1),
            );
            return [name, tensor(t.dtype, [n, ...t.shape], data)];
          }),
        );
      const row = (values: Values, i: number): Map<string, Tensor> =>
        new Map(
          [...values].map(([name, t]) => {
            const size = t.data.length / t.shape[0]!;
            return [name, { dtype: t.dtype, shape: t.shape.slice(1), data: t.data.slice(i * size, (i + 1) * size) }];
          }),
        );
      let start: Values = weights;
      for (const count of [3, 1, 4]) {
        start = await many.snapshot();
        const got = await many.steps(count, rows(count));
        expect(
          [...carry.values()].every((o) => !got.has(o)),
          "carried outputs came back",
        );
        for (let i = 0; i < count; i++) {
          const wanted = await one.step(row(rows(count), i));
          sameBits(row(got, i), wanted);
        }
        sameBits(await many.snapshot(), await one.snapshot());
      }
      await many.rewind();
      sameBits(await many.snapshot(), start);
      await refused(many.steps(2, feeds), "batch/shape");
      sameBits(await many.snapshot(), start);
      await many.dispose();
      await one.dispose();
    },
  },
  {
    name: "a graph beside a stepper has its weights as they are, and weights that are not finite are named",
    run: async (runtime) => {
      const { graph, carry } = step();
      const s = await runtime.stepper(graph, carry);
      const look = await s.beside(graph);
      for (let n = 0; n < 3; n++) {
        const seen = await look.run(feeds);
        sameBits(new Map([["loss", seen.get("loss")!]]), new Map([["loss", (await s.step(feeds)).get("loss")!]]));
      }
      expect((await s.nonFinite()).length === 0, "finite weights are called others");
      const [name, t] = [...(await s.snapshot())][0]!;
      for (const bad of [NaN, Infinity, -Infinity]) {
        const data = t.data.slice();
        data[data.length - 1] = bad;
        await s.restore(new Map([[name, { ...t, data }]]));
        expect((await s.nonFinite()).join() === name, `${bad} is not seen`);
      }
      await look.dispose();
      await s.dispose();
    },
  },
  {
    name: "pairs that no step can carry are refused",
    run: async (runtime) => {
      const { graph, carry } = step();
      const [first] = [...carry.values()];
      await refused(runtime.stepper(graph, new Map([["nothing", first!]])), "graph/invalid");
      await refused(runtime.stepper(graph, new Map([["w0", "nothing"]])), "graph/invalid");
      await refused(runtime.stepper(graph, new Map([["w0", "loss"]])), "graph/invalid");
      const unused = { ...graph, initializers: new Map([...graph.initializers, ["spare", draw([8, 8], "spare")]]) };
      await refused(runtime.stepper(unused, new Map([["spare", first!]])), "graph/invalid");
    },
  },
  {
    name: "what comes back is the caller's: writing into it, or into a feed, changes nothing else",
    run: async (runtime) => {
      const b = newBuilder();
      const x = b.input("x", { dtype: "float32", shape: [3] });
      const w = b.initializer("w", tensor("float32", [3], [1, 2, 3]), false);
      b.outputs.push(b.op("Identity", [w], {}), b.op("Identity", [x], {}), b.op("Add", [x, w]));
      const graph = { ...b.build("aliases"), outputs: [...b.outputs, "w", "x"] };
      const feed = tensor("float32", [3], [4, 5, 6]);
      const e = await runtime.prepare(graph);
      const first = await e.run(new Map([["x", feed]]));
      for (const t of first.values()) t.data.fill(-7);
      expect([...feed.data].join() === "4,5,6" && [...graph.initializers.get("w")!.data].join() === "1,2,3", "the caller's own was written into");
      expectClose(await e.run(new Map([["x", feed]])), evaluateGraph(graph, new Map([["x", feed]])), rounded);
      await e.dispose();
      const s = await runtime.stepper({ ...graph, outputs: [graph.outputs[2]!, "x"] }, new Map([["w", "x"]]));
      const given = tensor("float32", [3], [1, 1, 1]);
      await s.step(new Map([["x", given]]));
      given.data.fill(9);
      expect([...(await s.snapshot()).get("w")!.data].join() === "1,1,1", "a feed that was carried is still the caller's");
      await s.dispose();
    },
  },
  {
    name: "integers that divide are computed whatever they are in a later run",
    run: async (runtime) => {
      const b = newBuilder();
      const w = b.initializer("w", tensor("int32", [2], [1, 2]), false);
      b.outputs.push(b.op("Div", [b.input("x", { dtype: "int32", shape: [2] }), w]));
      const e = await runtime.prepare(b.build("division"));
      const out = await e.run(new Map([["x", tensor("int32", [2], [6, 8])]]), new Map([["w", tensor("int32", [2], [-1, 4])]]));
      expect([...out.values()][0]!.data.join() === "-6,2", `${[...out.values()][0]!.data.join()} is not -6,2`);
      await e.dispose();
    },
  },
  {
    name: "closed during a run, it lets the run come to its end or fail, and never hang",
    run: async (runtime) => {
      const { graph } = net(1, 40);
      const e = await runtime.prepare(graph);
      const wanted = evaluateGraph(graph, feeds);
      const runs = [e.run(feeds), e.run(feeds)];
      await runtime.close();
      for (const r of await Promise.allSettled(runs)) {
        if (r.status === "fulfilled") expectClose(r.value, wanted, rounded);
        else expect(r.reason instanceof IsogradError && r.reason.code === "runtime/failed", `failed by ${String(r.reason)}`);
      }
    },
  },
  {
    name: "closed, it opens again with the next graph",
    run: async (runtime) => {
      const { graph } = net(1);
      await runtime.prepare(graph);
      await runtime.close();
      const e = await runtime.prepare(graph);
      expectClose(await e.run(feeds), evaluateGraph(graph, feeds), rounded);
      await e.dispose();
    },
  },
];

/** Every example of every op, as the graph that its gradient is made from, in both float types. */
const examples: readonly Case[] = allOps().flatMap((op) =>
  op.examples.flatMap((example) =>
    (["float32", "float64"] as const).flatMap((dtype): Case[] => {
      const { graph, feeds: given } = build(op, example, dtype);
      return [
        {
          name: `${op.name}, ${example.name}, ${dtype}`,
          run: async (runtime) => {
            const e = await runtime.prepare(graph);
            expectClose(await e.run(given), evaluateGraph(graph, given), (t) => (isFloat(t.dtype) ? (dtype === "float32" ? 2e-5 : 1e-12) : 0));
            await e.dispose();
          },
        },
      ];
    }),
  ),
);

export const CASES: readonly Case[] = [...machine, ...examples];

/** What a host leaves out, with the reason. This list only shrinks. */
export const SKIPS: Readonly<Record<string, Readonly<Record<string, string>>>> = { native: {}, wasm: {}, reference: {} };
