/** How PyTorch writes the network that is trained, norms and dropout included: tried with PyTorch 1.13 and 2.13. */
export const EXPORT_AS_TRAINED =
  'Export again with the norms kept: torch.onnx.export(model.train(), args, "m.onnx", dynamo=False, training=torch.onnx.TrainingMode.TRAINING, do_constant_folding=False); before PyTorch 2.5 without dynamo. The exporter that is the default from PyTorch 2.9 on (dynamo=True) puts norms into inference mode and folds them whatever the model\'s mode; with optimize=False it keeps them.';
