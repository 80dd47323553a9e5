import { checkUnrolled } from "./shared/control.js";
import { elementsOf, sequence, sequenceOf } from "./shared/sequences.js";
import type { Op } from "./op.js";

/** out_sequence_k[i] = output k of the body of input_sequence[i] and of the additional inputs: element i of a sequence, a tensor as it is. */
export const SequenceMap: Op<"input_sequence" | "additional_inputs", "out_sequence"> = {
  name: "SequenceMap",
  since: [17],
  inputs: { input_sequence: sequence, additional_inputs: { optional: true, variadic: true, sequence: "also" } },
  outputs: { out_sequence: { variadic: true, sequence: "only" } },
  attrs: { body: { kind: "graph", required: true } },
  decompose: (c) => {
    const { b, attrs } = c;
    const body = attrs.graph("body");
    if (body.inputs.length !== c.xs.length)
      c.fail("its body has another number of inputs", { expected: String(c.xs.length), received: String(body.inputs.length) });
    if (c.outputs > body.outputs.length)
      c.fail("it has more outputs than its body", { expected: `at most ${body.outputs.length}`, received: String(c.outputs) });
    const elements = elementsOf(c, "input_sequence");
    const others = c.xs.slice(1).map((v) => b.sequences.get(v) ?? v);
    if (others.some((v) => typeof v !== "string" && v.length !== elements.length)) c.fail("its sequences have different lengths");
    const made = elements.map((e, i) => {
      checkUnrolled(c, i);
      return c.inline(body, [e, ...others.map((v) => (typeof v === "string" ? v : v[i]!))]);
    });
    return Array.from({ length: c.outputs }, (_, k) =>
      sequenceOf(
        c,
        made.map((values) => values[k]!),
      ),
    );
  },
  examples: [],
};
