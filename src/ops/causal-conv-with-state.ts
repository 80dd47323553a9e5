import { formatType } from "../graph/tensor.js";
import { swish } from "./shared/activations.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** output = activation(depthwise convolution of (past_state, input) over time); present_state = its last k − 1 inputs. Without a past state zeros come before. */
export const CausalConvWithState: Op<"input" | "weight" | "bias" | "past_state", "output" | "present_state"> = {
  name: "CausalConvWithState",
  since: [27],
  inputs: { input: one, weight: one, bias: optional, past_state: optional },
  outputs: { output: one, present_state: one },
  attrs: { activation: { kind: "string", default: "none", oneOf: ["none", "silu", "swish"] } },
  decompose: (c) => {
    const { b, x } = c;
    const [, channels, size] = b.shape(x.input) as [number, number, number];
    const kernel = b.shape(x.weight)[2] ?? 0;
    if (b.shape(x.weight).join() !== [channels, 1, kernel].join() || kernel < 1)
      c.fail("its weight is not one kernel for each channel", { received: formatType(b.type(x.weight)) });
    const before = kernel - 1;
    const whole = c.has("past_state") ? b.concat([x.past_state, x.input], 2) : b.pad(x.input, [0, 0, before], [0, 0, 0]);
    const made = b.op("Conv", [whole, x.weight, ...(c.has("bias") ? [x.bias] : [])], { group: channels, kernel_shape: [kernel] });
    return [
      c.attrs.string("activation") === "none" ? made : swish(b, made, 1),
      c.wants(1) ? b.slice(whole, [size], [size + before], [2]) : undefined,
    ];
  },
  examples: [
    { name: "plain", inputs: [floats([2, 3, 5]), floats([3, 1, 3])], withoutRuntime: "it is of opset 27" },
    {
      name: "bias, past state, silu",
      inputs: [floats([2, 3, 4]), floats([3, 1, 3]), floats([3]), floats([2, 3, 2])],
      attrs: { activation: "silu" },
      outputs: 2,
      withoutRuntime: "it is of opset 27",
    },
    { name: "shorter than its kernel", inputs: [floats([1, 2, 1]), floats([2, 1, 4])], outputs: 2, withoutRuntime: "it is of opset 27" },
  ],
};
