// The networks that the benches differentiate, as ONNX files with seeded weights, and a batch for each.
// bench/peers/torch_gradients.py builds the same ones in PyTorch: keep both in step.
import { stream } from "../dist/util/random.js";
import "../dist/index.js";
import { GraphBuilder } from "../dist/graph/builder.js";
import { sizeOf, tensor } from "../dist/graph/tensor.js";
import { TYPING } from "../dist/ops/registry.js";
import { writeOnnx } from "../dist/onnx/write.js";

const SEED = 1;

/** Output types of what a file holds but a bound graph does not: composites, and Constant. */
const OF_FILES = {
  BatchNormalization: (_, [x]) => [x],
  LayerNormalization: (_, [x]) => [x],
  Gelu: (_, [x]) => [x],
  GlobalAveragePool: (_, [x]) => [{ dtype: x.dtype, shape: x.shape.map((d, i) => (i < 2 ? d : 1)) }],
  MaxPool: (node, [x]) => [{ dtype: x.dtype, shape: x.shape.map((d, i) => (i < 2 ? d : Math.floor(d / node.attrs.strides[i - 2]))) }],
  LSTM: (node, [x]) => ["Y", "Y_h"].map(() => ({ dtype: x.dtype, shape: [1, x.shape[1], node.attrs.hidden_size] })),
  Flatten: (_, [x]) => [{ dtype: x.dtype, shape: [x.shape[0], sizeOf(x.shape) / x.shape[0]] }],
  Constant: (node) => [{ dtype: node.attrs.value.dtype, shape: node.attrs.value.shape }],
};

/** Types nodes but leaves composites whole, as an exporter writes them. */
const FILE_TYPING = {
  infer: (node, inputs, constant) => (OF_FILES[node.op] ? OF_FILES[node.op](node, inputs) : TYPING.infer(node, inputs, constant)),
  decompose: () => undefined,
};

/** A GraphBuilder with the layers that the networks are made of. */
class FileBuilder extends GraphBuilder {
  parameters = 0;

  constructor() {
    super(FILE_TYPING);
  }

  weight(name, shape, deviation) {
    const r = stream(SEED, name);
    const half = deviation * Math.sqrt(3);
    return this.#parameter(name, shape, (i) => half * (2 * r.uniform(i) - 1));
  }

  filled(name, shape, value) {
    return this.#parameter(name, shape, () => value);
  }

  #parameter(name, shape, at) {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = at(i);
    this.parameters += data.length;
    return this.initializer(name, { dtype: "float32", shape, data }, false);
  }

  /** A float constant: an initializer would be a parameter. */
  number(value) {
    return this.op("Constant", [], { value: tensor("float32", [], [value]) });
  }

  /** x·W + c for matrices. */
  linear(x, name, width, gain = 1) {
    const from = this.shape(x)[1];
    return this.op("Gemm", [x, this.weight(`${name}.weight`, [from, width], gain / Math.sqrt(from)), this.filled(`${name}.bias`, [width], 0)]);
  }

  /** x·W + c over the last of several axes. */
  project(x, name, width) {
    const from = this.shape(x).at(-1);
    return this.add(this.matmul(x, this.weight(`${name}.weight`, [from, width], 1 / Math.sqrt(from))), this.filled(`${name}.bias`, [width], 0));
  }

  conv(x, name, channels, size, stride = 1) {
    const from = this.shape(x)[1];
    const p = (size - 1) / 2;
    const w = this.weight(`${name}.weight`, [channels, from, size, size], Math.sqrt(2 / (from * size * size)));
    return this.op("Conv", [x, w], { kernel_shape: [size, size], strides: [stride, stride], pads: [p, p, p, p] });
  }

  batchNorm(x, name) {
    const c = [this.shape(x)[1]];
    const own = [this.filled(`${name}.weight`, c, 1), this.filled(`${name}.bias`, c, 0)];
    const running = [`${name}.mean`, `${name}.var`].map((n, i) => this.initializer(n, tensor("float32", c, new Float32Array(c[0]).fill(i)), false));
    return this.ops("BatchNormalization", [x, ...own, ...running], { epsilon: 1e-5, momentum: 0.9, training_mode: 1 })[0];
  }

  layerNorm(x, name) {
    const c = [this.shape(x).at(-1)];
    return this.op("LayerNormalization", [x, this.filled(`${name}.weight`, c, 1), this.filled(`${name}.bias`, c, 0)], { axis: -1, epsilon: 1e-5 });
  }

  relu(x) {
    return this.op("Relu", [x]);
  }
}

/** Fully connected layers with tanh between them, 10 classes. */
function mlp({ depth, width, batch }) {
  const b = new FileBuilder();
  let h = b.input("x", { dtype: "float32", shape: [batch, width] });
  for (let l = 0; l < depth - 1; l++) h = b.op("Tanh", [b.linear(h, `layer${l}`, width)]);
  return finished(b, b.linear(h, `layer${depth - 1}`, 10), 10);
}

/** He et al. 2016 for CIFAR: 6n+2 layers, shortcuts without parameters (strided, channels padded by zeros). */
function cifarResNet({ n, batch }) {
  const b = new FileBuilder();
  let h = b.input("x", { dtype: "float32", shape: [batch, 3, 32, 32] });
  h = b.relu(b.batchNorm(b.conv(h, "stem", 16, 3), "stem.norm"));
  [16, 32, 64].forEach((channels, stage) => {
    for (let i = 0; i < n; i++) {
      const name = `stage${stage}.${i}`;
      const from = b.shape(h)[1];
      const stride = from === channels ? 1 : 2;
      let y = b.relu(b.batchNorm(b.conv(h, `${name}.conv0`, channels, 3, stride), `${name}.norm0`));
      y = b.batchNorm(b.conv(y, `${name}.conv1`, channels, 3), `${name}.norm1`);
      if (stride > 1) {
        const size = b.shape(h)[2];
        const side = (channels - from) / 2;
        h = b.pad(b.slice(h, [0, 0], [size, size], [2, 3], [2, 2]), [0, side, 0, 0], [0, side, 0, 0]);
      }
      h = b.relu(b.add(y, h));
    }
  });
  const pooled = b.op("Flatten", [b.op("GlobalAveragePool", [h])], { axis: 1 });
  return finished(b, b.linear(pooled, "classes", 10), 10);
}

/** ResNet-50 with the stride in the 3×3 convolution, as torchvision has it. */
function resNet50({ batch, size }) {
  const b = new FileBuilder();
  let h = b.input("x", { dtype: "float32", shape: [batch, 3, size, size] });
  h = b.relu(b.batchNorm(b.conv(h, "stem", 64, 7, 2), "stem.norm"));
  h = b.op("MaxPool", [h], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  [3, 4, 6, 3].forEach((blocks, stage) => {
    const width = 64 << stage;
    for (let i = 0; i < blocks; i++) {
      const name = `stage${stage}.${i}`;
      const stride = stage > 0 && i === 0 ? 2 : 1;
      let y = b.relu(b.batchNorm(b.conv(h, `${name}.conv0`, width, 1), `${name}.norm0`));
      y = b.relu(b.batchNorm(b.conv(y, `${name}.conv1`, width, 3, stride), `${name}.norm1`));
      y = b.batchNorm(b.conv(y, `${name}.conv2`, 4 * width, 1), `${name}.norm2`);
      const skip = i === 0 ? b.batchNorm(b.conv(h, `${name}.skip`, 4 * width, 1, stride), `${name}.skip.norm`) : h;
      h = b.relu(b.add(y, skip));
    }
  });
  const pooled = b.op("Flatten", [b.op("GlobalAveragePool", [h])], { axis: 1 });
  return finished(b, b.linear(pooled, "classes", 1000), 1000);
}

/** A pre-norm Transformer encoder that predicts a token at every position. */
function transformer({ layers, width, heads, length, batch, vocabulary }) {
  const b = new FileBuilder();
  const tokens = b.input("tokens", { dtype: "int64", shape: [batch, length] });
  let h = b.add(
    b.op("Gather", [b.weight("embedding.weight", [vocabulary, width], 1), tokens], { axis: 0 }),
    b.weight("position.weight", [length, width], 1),
  );
  const each = width / heads;
  const byHead = (v, perm) => b.transpose(b.reshape(v, [batch, length, heads, each]), perm);
  for (let l = 0; l < layers; l++) {
    const [q, k, v] = b.split(b.project(b.layerNorm(h, `layer${l}.norm0`), `layer${l}.qkv`, 3 * width), [width, width, width], 2);
    const scores = b.mul(b.matmul(byHead(q, [0, 2, 1, 3]), byHead(k, [0, 2, 3, 1])), b.number(1 / Math.sqrt(each)));
    const mixed = b.matmul(b.op("Softmax", [scores], { axis: -1 }), byHead(v, [0, 2, 1, 3]));
    h = b.add(h, b.project(b.reshape(b.transpose(mixed, [0, 2, 1, 3]), [batch, length, width]), `layer${l}.out`, width));
    const hidden = b.op("Gelu", [b.project(b.layerNorm(h, `layer${l}.norm1`), `layer${l}.up`, 4 * width)]);
    h = b.add(h, b.project(hidden, `layer${l}.down`, width));
  }
  return finished(b, b.project(b.layerNorm(h, "norm"), "vocabulary", vocabulary), vocabulary, { tokens: vocabulary });
}

/** Two convolutions, each with a pooling, and two fully connected layers, for digits. */
function digitConv({ batch }) {
  const b = new FileBuilder();
  let h = b.input("x", { dtype: "float32", shape: [batch, 1, 28, 28] });
  for (const [name, channels] of [
    ["conv0", 16],
    ["conv1", 32],
  ])
    h = b.op("MaxPool", [b.relu(b.conv(h, name, channels, 5))], { kernel_shape: [2, 2], strides: [2, 2] });
  h = b.relu(b.linear(b.op("Flatten", [h], { axis: 1 }), "hidden", 128));
  return finished(b, b.linear(h, "classes", 10), 10);
}

/** An LSTM over a sequence of rows, with classes read from its last state. */
function lstm({ length, input, width, batch }) {
  const b = new FileBuilder();
  const x = b.input("x", { dtype: "float32", shape: [batch, length, input] });
  const s = 1 / Math.sqrt(width);
  const weights = [b.weight("W", [1, 4 * width, input], s), b.weight("R", [1, 4 * width, width], s), b.filled("B", [1, 8 * width], 0)];
  const last = b.ops("LSTM", [b.transpose(x, [1, 0, 2]), ...weights], { hidden_size: width }, { outputs: ["", "last"] })[1];
  return finished(b, b.linear(b.reshape(last, [batch, width]), "classes", 10), 10);
}

/** The file's bytes and what a batch needs. `integers`: exclusive upper bounds of integer inputs. */
function finished(b, logits, classes, integers = {}) {
  b.outputs.push(logits);
  const graph = b.build("net");
  return {
    bytes: writeOnnx(graph, { foreign: (node) => (node.op === "Constant" ? { value: { kind: "tensor" } } : undefined) }),
    nodes: graph.nodes.length,
    parameters: b.parameters,
    inputs: graph.inputs,
    labels: b.shape(logits).slice(0, -1),
    classes,
    integers,
  };
}

/** What is measured, by name: a title and the network. */
export const NETS = {
  mlp50: { title: "MLP 50×256, tanh, batch 128", build: () => mlp({ depth: 50, width: 256, batch: 128 }) },
  mlp1000: { title: "MLP 1000×64, tanh, batch 64", build: () => mlp({ depth: 1000, width: 64, batch: 64 }) },
  resnet20: { title: "ResNet-20, 32×32, batch 128", build: () => cifarResNet({ n: 3, batch: 128 }) },
  resnet50: { title: "ResNet-50, 224×224, batch 4", build: () => resNet50({ batch: 4, size: 224 }) },
  transformer: {
    title: "Transformer 12×256, 8 heads, 128 tokens, batch 8",
    build: () => transformer({ layers: 12, width: 256, heads: 8, length: 128, batch: 8, vocabulary: 1000 }),
  },
};

/** What is trained, by name: those above, and these. */
export const TRAINED = {
  mlp50: NETS.mlp50,
  digits: { title: "digits, two convolutions, batch 128", build: () => digitConv({ batch: 128 }) },
  resnet20: NETS.resnet20,
  resnet56: { title: "ResNet-56, 32×32, batch 128", build: () => cifarResNet({ n: 9, batch: 128 }) },
  lstm: { title: "LSTM 128, 28 steps of 28, batch 128", build: () => lstm({ length: 28, input: 28, width: 128, batch: 128 }) },
  transformer6: {
    title: "Transformer 6×128, 4 heads, 64 tokens, batch 16",
    build: () => transformer({ layers: 6, width: 128, heads: 4, length: 64, batch: 16, vocabulary: 256 }),
  },
};

/** An MLP of width 8 with this many layers, two nodes each: for timing what does not run anything. */
export const deepMlp = (depth) => mlp({ depth, width: 8, batch: 4 });

/** A seeded batch: every input by name, and the labels. */
export function batchOf({ inputs, labels, classes, integers }) {
  const draws = (name, dtype, shape, bound) => {
    const r = stream(SEED, `batch/${name}`);
    return tensor(
      dtype,
      shape,
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => (bound === undefined ? r.normal(i) : Math.floor(bound * r.uniform(i)))),
    );
  };
  return {
    inputs: new Map(inputs.map((i) => [i.name, draws(i.name, i.dtype, i.shape, integers[i.name])])),
    labels: draws("labels", "int64", labels, classes),
  };
}
