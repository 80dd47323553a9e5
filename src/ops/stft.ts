import { formatType, tensor } from "../graph/tensor.js";
import { complexOf, joined, transformed } from "./shared/fourier.js";
import { floats, ints } from "./shared/examples.js";
import { one, optional, optionalList, list } from "./op.js";
import type { Op } from "./op.js";

/** output[b, f] = DFT(window·signal[b, f·step : f·step + length]), its frequencies up to half the length (onesided) or all, as real and imaginary parts. */
export const STFT: Op<"signal" | "frame_step" | "window" | "frame_length", "output"> = {
  name: "STFT",
  since: [17],
  inputs: {
    signal: one,
    frame_step: { ...list, list: { scalar: true, int32: true } },
    window: optional,
    frame_length: { ...optionalList, list: { scalar: true, int32: true } },
  },
  outputs: { output: one },
  attrs: { onesided: { kind: "flag", default: 1 } },
  decompose: (c) => {
    const { b, x, attrs, fail } = c;
    const shape = b.shape(x.signal);
    if (shape.length !== 2 && shape.length !== 3) fail("its signal is neither [N, L] nor [N, L, 1 or 2]", { received: formatType(b.type(x.signal)) });
    const signal = complexOf(c, shape.length === 2 ? b.unsqueeze(x.signal, [2]) : x.signal);
    const [examples, size] = shape as [number, number];
    const step = c.constant("frame_step").data[0]!;
    const length = c.has("frame_length") ? c.constant("frame_length").data[0]! : c.has("window") ? b.shape(x.window)[0]! : size;
    if (!(step > 0 && length > 0 && length <= size)) fail(`frames of ${length} numbers at steps of ${step} do not fit its signal of ${size}`);
    if (c.has("window") && b.shape(x.window).join() !== String(length))
      fail("its window is not as long as a frame", { received: formatType(b.type(x.window)) });
    const onesided = attrs.flag("onesided");
    if (onesided && signal.im !== undefined) fail("the spectrum of a complex signal has no one side");
    const frames = Math.floor((size - length) / step) + 1;
    const at = b.constant(
      tensor(
        "int64",
        [frames * length],
        Array.from({ length: frames * length }, (_, i) => Math.floor(i / length) * step + (i % length)),
      ),
    );
    const framed = (v: string): string => {
      const cut = b.reshape(b.op("Gather", [v, at], { axis: 1 }), [examples, frames, length]);
      return c.has("window") ? b.mul(cut, x.window) : cut;
    };
    const of = { re: framed(signal.re), ...(signal.im === undefined ? {} : { im: framed(signal.im) }) };
    return [joined(b, transformed(c, of, onesided ? Math.floor(length / 2) + 1 : length))];
  },
  examples: [
    { name: "onesided", inputs: [floats([2, 20, 1]), ints([3], []), floats([8], { low: 0.1, high: 1 }), ints([8], [])] },
    { name: "an odd length, without a window", inputs: [floats([1, 12, 1]), ints([4], []), null, ints([5], [])] },
    { name: "all frequencies, length by the window", inputs: [floats([2, 9, 1]), ints([2], []), floats([4])], attrs: { onesided: 0 } },
    {
      name: "complex",
      inputs: [floats([1, 10, 2]), ints([3], []), null, ints([4], [])],
      attrs: { onesided: 0 },
      withoutRuntime: "it takes a complex signal with a complex window only",
    },
  ],
};
