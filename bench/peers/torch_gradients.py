"""The networks of bench/nets.mjs in PyTorch: times the gradient of the loss by every parameter.

usage: torch_gradients.py NET REPETITIONS THREADS     one JSON line on stdout
       torch_gradients.py --version
Without PyTorch: exit status 3.
"""

import json
import resource
import sys
import time

try:
    import torch
    from torch import nn
    import torch.nn.functional as F
except ImportError:
    sys.exit(3)


class Mlp(nn.Module):
    def __init__(self, depth, width):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, 10 if l == depth - 1 else width) for l in range(depth))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.tanh(layer(x))
        return self.layers[-1](x)


def conv(before, after, size, stride=1):
    return nn.Conv2d(before, after, size, stride, (size - 1) // 2, bias=False)


class CifarBlock(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.stride = 1 if before == after else 2
        self.side = (after - before) // 2
        self.conv0, self.norm0 = conv(before, after, 3, self.stride), nn.BatchNorm2d(after)
        self.conv1, self.norm1 = conv(after, after, 3), nn.BatchNorm2d(after)

    def forward(self, x):
        y = self.norm1(self.conv1(F.relu(self.norm0(self.conv0(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.side, self.side))
        return F.relu(y + x)


class CifarResNet(nn.Module):
    def __init__(self, n):
        super().__init__()
        widths = [16] + [16] * n + [32] * n + [64] * n
        self.stem, self.norm = conv(3, 16, 3), nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(*(CifarBlock(a, b) for a, b in zip(widths, widths[1:])))
        self.classes = nn.Linear(64, 10)

    def forward(self, x):
        return self.classes(self.blocks(F.relu(self.norm(self.stem(x)))).mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, before, width, stride, project):
        super().__init__()
        self.conv0, self.norm0 = conv(before, width, 1), nn.BatchNorm2d(width)
        self.conv1, self.norm1 = conv(width, width, 3, stride), nn.BatchNorm2d(width)
        self.conv2, self.norm2 = conv(width, 4 * width, 1), nn.BatchNorm2d(4 * width)
        self.skip = nn.Sequential(conv(before, 4 * width, 1, stride), nn.BatchNorm2d(4 * width)) if project else nn.Identity()

    def forward(self, x):
        y = F.relu(self.norm0(self.conv0(x)))
        y = F.relu(self.norm1(self.conv1(y)))
        return F.relu(self.norm2(self.conv2(y)) + self.skip(x))


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm = conv(3, 64, 7, 2), nn.BatchNorm2d(64)
        blocks, before = [], 64
        for stage, count in enumerate((3, 4, 6, 3)):
            for i in range(count):
                width = 64 << stage
                blocks.append(Bottleneck(before, width, 2 if stage > 0 and i == 0 else 1, i == 0))
                before = 4 * width
        self.blocks = nn.Sequential(*blocks)
        self.classes = nn.Linear(2048, 1000)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.stem(x))), 3, 2, 1)
        return self.classes(self.blocks(x).mean((2, 3)))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.norm0, self.norm1 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, h):
        batch, length, width = h.shape
        q, k, v = (t.view(batch, length, self.heads, -1).transpose(1, 2) for t in self.qkv(self.norm0(h)).chunk(3, dim=2))
        mixed = torch.softmax(q @ k.transpose(2, 3) * self.scale, dim=-1) @ v
        h = h + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return h + self.down(F.gelu(self.up(self.norm1(h))))


class Transformer(nn.Module):
    def __init__(self, layers, width, heads, length, vocabulary):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.randn(length, width))
        self.layers = nn.Sequential(*(Layer(width, heads) for _ in range(layers)))
        self.norm, self.vocabulary = nn.LayerNorm(width), nn.Linear(width, vocabulary)

    def forward(self, tokens):
        return self.vocabulary(self.norm(self.layers(self.embedding(tokens) + self.position)))


class DigitConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0, self.conv1 = conv(1, 16, 5), conv(16, 32, 5)
        self.hidden, self.classes = nn.Linear(1568, 128), nn.Linear(128, 10)

    def forward(self, x):
        for layer in (self.conv0, self.conv1):
            x = F.max_pool2d(F.relu(layer(x)), 2)
        return self.classes(F.relu(self.hidden(x.flatten(1))))


class Lstm(nn.Module):
    def __init__(self, features, width):
        super().__init__()
        self.lstm, self.classes = nn.LSTM(features, width, batch_first=True), nn.Linear(width, 10)

    def forward(self, x):
        return self.classes(self.lstm(x)[1][0][0])


TRAINED = {
    "mlp50": lambda: (Mlp(50, 256), torch.randn(128, 256), torch.randint(10, (128,))),
    "digits": lambda: (DigitConv(), torch.randn(128, 1, 28, 28), torch.randint(10, (128,))),
    "resnet20": lambda: (CifarResNet(3), torch.randn(128, 3, 32, 32), torch.randint(10, (128,))),
    "resnet56": lambda: (CifarResNet(9), torch.randn(128, 3, 32, 32), torch.randint(10, (128,))),
    "lstm": lambda: (Lstm(28, 128), torch.randn(128, 28, 28), torch.randint(10, (128,))),
    "transformer6": lambda: (Transformer(6, 128, 4, 64, 256), torch.randint(256, (16, 64)), torch.randint(256, (16, 64))),
}

NETS = {
    "mlp50": lambda: (Mlp(50, 256), torch.randn(128, 256), torch.randint(10, (128,))),
    "mlp1000": lambda: (Mlp(1000, 64), torch.randn(64, 64), torch.randint(10, (64,))),
    "resnet20": lambda: (CifarResNet(3), torch.randn(128, 3, 32, 32), torch.randint(10, (128,))),
    "resnet50": lambda: (ResNet50(), torch.randn(4, 3, 224, 224), torch.randint(1000, (4,))),
    "transformer": lambda: (
        Transformer(12, 256, 8, 128, 1000),
        torch.randint(1000, (8, 128)),
        torch.randint(1000, (8, 128)),
    ),
}


def measure(net, repetitions, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model, x, labels = NETS[net]()
    model.train()
    parameters = list(model.parameters())

    def gradients():
        logits = model(x)
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))
        return torch.autograd.grad(loss, parameters)

    milliseconds = []
    for repetition in range(2 + repetitions):
        start = time.perf_counter()
        gradients()
        if repetition >= 2:
            milliseconds.append((time.perf_counter() - start) * 1e3)
    return {
        "net": net,
        "ms": milliseconds,
        "parameters": sum(p.numel() for p in parameters),
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


if __name__ == "__main__":
    if sys.argv[1] == "--version":
        print(torch.__version__)
    else:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
