"""Train the built-in reader: a span head and the six layers of all-MiniLM-L6-v2, its embeddings frozen.

    python -m training.train_reader --data ../shared/data/reader --out RUN [--minutes 90 | --steps 4000]

Writes `RUN/last.pt` (everything needed to go on; an interrupted run goes on from it by itself), `RUN/best.pt`
(the weights with the best figure on the paragraphs kept for choosing) and `RUN/log.jsonl`.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy as entropy

from rag.models import backbone_folder
from rag.reader import Reader
from rag.reader_weights import HEADS, blank_model, unpack
from rag.torch_reader import TorchSpans, tokens_of
from training.reader_asked import QUESTIONS, gather, read, written
from training.reader_batches import Packer, batches, tensors
from training.reader_data import Mixture, dev_pairs, split
from training.reader_example import NO_VERDICT
from training.reader_score import read_all, scores

CHUNK = 512  # examples drawn and sorted by length at a time
SHORT_TOKENS = 112  # for the first part of the run, where more examples teach more than longer ones
MAX_TOKENS = 256


class Master:
    """AdamW over float32 copies of the weights: steps too small for bfloat16, where it is used, are not lost."""

    def __init__(self, replicas: list[nn.Module], lr: float, head_lr: float) -> None:
        named = [dict(r.named_parameters()) for r in replicas]
        self.live = {n: [own[n] for own in named] for n, p in named[0].items() if p.requires_grad}
        self.copies = {n: ps[0].detach().float().clone() for n, ps in self.live.items()}
        plain = [n for n, ps in self.live.items() if ps[0].dim() < 2]
        head = [n for n in self.live if n.startswith(HEADS)]
        body = [n for n in self.copies if n not in plain and n not in head]
        groups = [
            {"params": [self.copies[n] for n in body], "lr": lr, "weight_decay": 0.01},
            {"params": [self.copies[n] for n in plain if n not in head], "lr": lr, "weight_decay": 0.0},
            {"params": [self.copies[n] for n in head], "lr": head_lr, "weight_decay": 0.0},
        ]
        self.adam = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-8, fused=True)
        self.rates = [g["lr"] for g in groups]

    def step(self, factor: float) -> float:
        """One update at `factor` of the full learning rates; returns the gradient's norm before clipping."""
        for name, live in self.live.items():
            self.copies[name].grad = sum(p.grad.float() for p in live) / len(live)
            for parameter in live:
                parameter.grad = None
        norm = nn.utils.clip_grad_norm_(list(self.copies.values()), 1.0)
        for group, rate in zip(self.adam.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        self.adam.step()
        self.push()
        return float(norm)

    @torch.no_grad()
    def push(self) -> None:
        for name, live in self.live.items():
            live[0].copy_(self.copies[name])  # the other replicas look at the same memory


def replicate(model: nn.Module, count: int) -> list[nn.Module]:
    """The model and copies that share its weights' memory and have gradients of their own.

    Each takes a part of every batch on one thread: on a busy machine that loses less than several threads that
    wait for one another at each operation.
    """
    replicas = [model]
    for _ in range(count - 1):
        twin = copy.deepcopy(model)
        for own, shared in zip(twin.parameters(), model.parameters(), strict=True):
            own.data = shared.data
        replicas.append(twin)
    return replicas


def backward(model: nn.Module, batch: dict[str, Tensor]) -> float:
    loss = loss_of(model, batch)
    loss.backward()
    return loss.item()


def loss_of(model: Any, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of the span's ends; of the verdict, where the question asks for one. The mean over the batch."""
    states = model.bert(batch["ids"], attention_mask=batch["mask"], token_type_ids=batch["kinds"])[0]
    ends = model.qa_outputs(states).float().masked_fill((allowed(batch) == 0)[..., None], -1e4)
    spans = [entropy(ends[..., n], batch[end], reduction="none") for n, end in enumerate(("start", "end"))]
    judged = batch["verdict"] != NO_VERDICT
    verdicts = model.verdict_outputs(states[:, 0]).float()
    verdict = entropy(verdicts, batch["verdict"].clamp(min=0), reduction="none")
    return torch.where(judged, verdict, (spans[0] + spans[1]) / 2).mean()


def allowed(batch: dict[str, Tensor]) -> Tensor:
    """Where a span may start or end: the text's tokens, and [CLS] for no answer."""
    places = batch["mask"] * batch["kinds"]
    places[:, 0] = 1
    return places


def rate(progress: float, step: int, warmup: int) -> float:
    """Linear warm-up over `warmup` steps, then linear decay that is zero when `progress` is 1."""
    return min(1.0, (step + 1) / warmup) * max(0.0, 1.0 - progress)


class Run:
    """One training run in a folder: what it has done, its log, its checkpoints."""

    def __init__(self, args: argparse.Namespace) -> None:
        from transformers import AutoTokenizer

        self.args, self.out, data = args, Path(args.out), Path(args.data)
        self.out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(args.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(backbone_folder())
        self.model = blank_model()
        if args.weights:
            start = {name: torch.from_numpy(value) for name, value in unpack(Path(args.weights)).items()}
            self.model.load_state_dict(start, strict=False)
        self.model = self.model.to(args.device, fastest_type(args.device))
        for layer in self.model.bert.encoder.modules():
            if isinstance(layer, nn.Dropout):
                layer.p = args.dropout
        self.model.bert.embeddings.word_embeddings.requires_grad_(False)
        self.model.bert.embeddings.position_embeddings.requires_grad_(False)
        self.replicas = replicate(self.model, args.threads if args.device == "cpu" else 1)
        self.workers = ThreadPoolExecutor(
            len(self.replicas), initializer=torch.set_num_threads, initargs=(1,)
        )
        self.master = Master(self.replicas, args.lr, args.head_lr)
        gather(data.parent, self.out / "asked.jsonl", written(*QUESTIONS))
        self.mixture = Mixture(data, read(self.out / "asked.jsonl"), args.seed)
        self.dev = list(dev_pairs(split(data, "choose")))[: args.dev]
        self.state = {"step": 0, "chunk": 0, "spent": 0.0, "best": -1.0}
        if (self.out / "last.pt").exists():
            self._go_on()
        self.began = time.monotonic() - self.state["spent"]

    @property
    def seconds(self) -> float:
        """Time trained, that of earlier starts included."""
        return time.monotonic() - self.began

    @property
    def progress(self) -> float:
        """0 at the start of the schedule, 1 or more when it is over."""
        if self.args.steps:
            return self.state["step"] / self.args.steps
        return self.seconds / (self.args.minutes * 60)

    def train(self) -> None:
        measured = self.seconds
        while self.progress < 1:
            self._chunk()
            if self.seconds - measured > self.args.every * 60 or self.progress >= 1:
                self._measure()
                measured = self.seconds
            self._keep()

    def _chunk(self) -> None:
        """Train on the next CHUNK examples."""
        args, state, clock = self.args, self.state, time.monotonic()
        rng = random.Random(f"{args.seed} {state['chunk']}")
        pack = Packer(
            self.tokenizer, rng.randrange(1 << 30), SHORT_TOKENS if self.progress < args.short else MAX_TOKENS
        )
        packed = pack(self.mixture.chunk(state["chunk"], min(1.0, self.progress), CHUNK))
        state["chunk"] += 1
        losses: list[float] = []
        for replica in self.replicas:
            replica.train()
        for batch in batches(packed, args.batch, rng):
            parts = [tensors(batch[i :: len(self.replicas)], args.device) for i in range(len(self.replicas))]
            losses.append(sum(self.workers.map(backward, self.replicas, parts)) / len(self.replicas))
            self.master.step(rate(self.progress, state["step"], args.warmup))
            state["step"] += 1
            if self.progress >= 1:
                break
        speed = len(losses) * args.batch / (time.monotonic() - clock)
        self._note(
            progress=round(self.progress, 3),
            loss=round(sum(losses) / len(losses), 3),
            per_second=round(speed, 1),
        )

    def _measure(self) -> None:
        """Figures on the paragraphs for choosing; the best weights so far go to best.pt."""
        reader = Reader(TorchSpans(self.model, self.tokenizer), tokens_of(self.tokenizer))
        count = len(self.replicas)
        parts = self.workers.map(lambda i: read_all(reader, self.dev[i::count]), range(count))
        figures = scores([reading for part in parts for reading in part])
        self._note(minutes=round(self.seconds / 60, 1), **figures)
        if figures["f1"] + figures["auc"] > self.state["best"]:
            self.state["best"] = figures["f1"] + figures["auc"]
            kept = {"weights": self.master.copies, "figures": figures, "step": self.state["step"]}
            save(kept, self.out / "best.pt")

    def _keep(self) -> None:
        self.state["spent"] = self.seconds
        kept = {
            "weights": self.master.copies,
            "adam": self.master.adam.state_dict(),
            "state": dict(self.state),
            "drawn": self.mixture.drawn,
        }
        save(kept, self.out / "last.pt")

    def _go_on(self) -> None:
        kept = torch.load(self.out / "last.pt", weights_only=True)
        self.state, self.mixture.drawn = kept["state"], kept["drawn"]
        for name, weight in self.master.copies.items():
            weight.copy_(kept["weights"][name])
        self.master.adam.load_state_dict(kept["adam"])
        self.master.push()

    def _note(self, **facts: Any) -> None:
        line = json.dumps({"time": time.strftime("%H:%M:%S"), "step": self.state["step"], **facts})
        print(line, flush=True)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            print(line, file=log)


def fastest_type(device: str) -> torch.dtype:
    """bfloat16 where it is computed natively, about three times as fast; elsewhere it is slower than float32."""
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native or device != "cpu" else torch.float32


def save(what: dict[str, Any], path: Path) -> None:
    torch.save(what, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", default="../shared/data/reader", help="folder with train/ and dev/")
    parser.add_argument("--out", default="reader_run", help="folder for checkpoints and the log")
    parser.add_argument("--minutes", type=float, default=90.0, help="length of the schedule in time")
    parser.add_argument(
        "--steps", type=int, default=0, help="length of the schedule in batches, instead of minutes"
    )
    parser.add_argument("--weights", help="start from this packed reader, e.g. rag/reader_adapter")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--lr", type=float, default=2.5e-4)
    parser.add_argument("--head-lr", type=float, default=1e-3)
    parser.add_argument(
        "--dropout", type=float, default=0.0, help="chance that a value of a layer is left out"
    )
    parser.add_argument("--warmup", type=int, default=200, help="batches")
    parser.add_argument("--short", type=float, default=0.55, help="part of the schedule with short texts")
    parser.add_argument("--every", type=float, default=10.0, help="minutes between checkpoints")
    parser.add_argument("--dev", type=int, default=300, help="questions read at each checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=7)
    Run(parser.parse_args(argv)).train()


if __name__ == "__main__":
    main(sys.argv[1:])
