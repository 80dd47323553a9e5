import type { Attr } from "../../graph/graph.js";
import type { Example, ExampleInput } from "../op.js";
import { floats } from "./examples.js";

/** Returns sequence lengths fed at run time. */
export const lens = (values: readonly number[]): ExampleInput => ({ dtype: "int32", shape: [values.length], values });

/** Makes the examples that every recurrent op shares: directions, lengths, initial h, clip, batch-first layout. `outputs` counts Y and the last states. */
export function recurrentExamples(gates: number, outputs: number, attrs: Readonly<Record<string, Attr>> = {}): readonly Example[] {
  const note = Object.keys(attrs)
    .map((k) => `, ${k}`)
    .join("");
  const make = (
    name: string,
    [steps, batch, input, hidden]: readonly [number, number, number, number],
    own: Readonly<Record<string, Attr>>,
    extra: readonly (ExampleInput | null)[] = [],
    bias = true,
  ): Example => {
    const directions = own["direction"] === "bidirectional" ? 2 : 1;
    return {
      name: name + note,
      inputs: [
        floats(own["layout"] === 1 ? [batch, steps, input] : [steps, batch, input]),
        floats([directions, gates * hidden, input]),
        floats([directions, gates * hidden, hidden]),
        ...(bias ? [floats([directions, 2 * gates * hidden])] : extra.length > 0 ? [null] : []),
        ...extra,
      ],
      attrs: { hidden_size: hidden, ...attrs, ...own },
      outputs,
      ...(own["layout"] === 1 ? { withoutRuntime: "onnxruntime refuses layout 1" } : {}),
    };
  };
  const states = (shape: readonly number[]): ExampleInput[] => new Array<ExampleInput>(outputs - 1).fill(floats(shape));
  return [
    make("forward, no bias", [3, 2, 3, 2], {}, [], false),
    make("forward, bias", [3, 2, 3, 2], {}),
    make("one step", [1, 2, 3, 2], {}, [null, ...states([1, 2, 2])]),
    make("reverse, initial states", [3, 2, 2, 3], { direction: "reverse" }, [null, ...states([1, 2, 3])]),
    make("bidirectional, initial states", [2, 2, 2, 2], { direction: "bidirectional" }, [null, ...states([2, 2, 2])]),
    make("lengths at run time", [4, 3, 2, 2], {}, [lens([2, 4, 1]), ...states([1, 3, 2])]),
    make("constant lengths, bidirectional", [3, 2, 2, 2], { direction: "bidirectional" }, [{ ...lens([2, 3]), constant: true }], false),
    make("clip", [3, 2, 2, 2], { clip: 0.6 }),
    make("layout 1, bidirectional", [2, 3, 2, 2], { direction: "bidirectional", layout: 1 }, [null, ...states([3, 2, 2])]),
    make("layout 1, lengths", [2, 3, 2, 2], { layout: 1 }, [lens([1, 2, 2]), ...states([3, 1, 2])]),
  ];
}
