import { formatShape, isFloat } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { IsogradError } from "../../util/errors.js";
import { storedColumn } from "../data-set.js";
import type { Answers, DataSet } from "../data-set.js";

/** Returns the examples in tensors that have a row for each: all but `labels` and `target` are inputs. Errors `data/invalid`. */
export function tensorsAsData(tensors: ReadonlyMap<string, Tensor>, name: string): DataSet {
  const refuse = (what: string, expected?: string, received?: string): never => {
    throw new IsogradError("data/invalid", what, { at: [name], ...(expected ? { expected } : {}), ...(received ? { received } : {}) });
  };
  const rows = new Map<string, number>();
  for (const [key, t] of tensors) {
    if (t.shape.length === 0) refuse(`"${key}" is one number, and not one for each example`);
    rows.set(key, t.shape[0]!);
  }
  const [count] = rows.values();
  if (count === undefined || count === 0) refuse("the file has no examples");
  for (const [key, n] of rows) if (n !== count) refuse(`"${key}" has another number of examples`, `${count}, as the first tensor has`, String(n));
  const labels = tensors.get("labels");
  const target = tensors.get("target");
  if (labels && target) refuse("the file has both labels and a target", "one of the two");
  if (labels && isFloat(labels.dtype)) refuse("the labels are no integers", "int64", `${labels.dtype}${formatShape(labels.shape)}`);
  const column = (t: Tensor): Answers["column"] => storedColumn({ dtype: isFloat(t.dtype) ? "float32" : t.dtype, shape: t.shape.slice(1) }, t.data);
  const answers = labels ?? target;
  return {
    name,
    about: `${count} examples of ${name}`,
    train: {
      count: count!,
      inputs: new Map([...tensors].flatMap(([key, t]) => (t === answers ? [] : [[key, column(t)] as const]))),
      answers: answers && { kind: labels ? "labels" : "target", column: column(answers) },
    },
    validation: undefined,
    standardised: false,
  };
}
