"""What PyTorch pays for the same numbers: forward and backward of the networks of torch_gradients.py, plain, and with hooks that take the
mean square of every module's output, the squared norm of the gradient that reaches it, and of every parameter's gradient.

usage: torch_hooks.py NET REPETITIONS THREADS     one JSON line on stdout
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F

from torch_gradients import NETS


def measure(net, repetitions, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model, x, labels = NETS[net]()
    model.train()
    parameters = list(model.parameters())
    activations, gradients = [], []

    def watch(_, __, y):
        activations.append(y.detach().square().mean())
        y.register_hook(lambda g: gradients.append(g.square().sum()))

    def run(hooked):
        handles = [m.register_forward_hook(watch) for m in model.modules() if not list(m.children())] if hooked else []
        logits = model(x)
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))
        grads = torch.autograd.grad(loss, parameters)
        if hooked:
            norms = [g.square().sum() for g in grads]
            [float(v) for v in activations + gradients + norms]
        for h in handles:
            h.remove()
        activations.clear()
        gradients.clear()

    plain, hooked = [], []
    for repetition in range(2 + repetitions):
        for flag, times in ((False, plain), (True, hooked)):
            start = time.perf_counter()
            run(flag)
            if repetition >= 2:
                times.append((time.perf_counter() - start) * 1e3)
    return {"plain": plain, "hooked": hooked, "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
