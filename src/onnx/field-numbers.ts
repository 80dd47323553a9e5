// Numbers of the fields that are written, message by message and ascending, from https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Fields are written
// in the order of their numbers.

export const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, trainingInfo: 20 } as const;
export const TRAINING_INFO = { algorithm: 2, updateBinding: 4 } as const;
export const STRING_ENTRY = { key: 1, value: 2 } as const;
export const OPERATOR_SET = { domain: 1, version: 2 } as const;
export const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
export const ATTRIBUTE = { name: 1, f: 2, i: 3, s: 4, t: 5, g: 6, floats: 7, ints: 8, strings: 9, type: 20 } as const;
export const VALUE_INFO = { name: 1, type: 2 } as const;
export const TYPE = { tensorType: 1 } as const;
export const TENSOR_TYPE = { elemType: 1, shape: 2 } as const;
export const TENSOR_SHAPE = { dim: 1 } as const;
export const DIMENSION = { dimValue: 1, dimParam: 2 } as const;
export const TENSOR = { dims: 1, dataType: 2, name: 8, rawData: 9 } as const;

/** Values of AttributeProto.type. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;
