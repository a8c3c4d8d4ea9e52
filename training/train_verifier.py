"""Train the verifier: a change of low rank to the reader's layers, and a head that scores a claim.

    python -m training.train_verifier --lists RUN/lists.jsonl --out RUN [--minutes 50]

Writes `RUN/verifier.pt`, from which an interrupted run goes on by itself, and `RUN/verifier.jsonl`, the log. At the end
the weights go into the package, beside the reader's.

A list's claims are scored together, and "none of them" is one more, with score 0: the loss is the cross-entropy of the
softmax over all, so that wrong claims are weighed against right ones and against refusing. The head begins as the
reader's own for yes-no questions ("yes" less "unsaid"), to which a question with an answer put to it is one of those.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from rag.models import load_reader
from rag.reader_weights import VERDICTS, blank_model, unpack
from rag.reader_windows import Tokens
from rag.verifier import Claim, row
from rag.verifier_weights import pack_verifier
from training.train_reader import Master, fastest_type, rate, replicate, save

RANK = 12
KEPT = 300  # lists that are not trained on, to follow the run by
RIGHT, CLAIMS = 2, 5  # of a list, at most
CUT = 0.15  # of the lists with a right claim are shown without it
CHUNK = 600  # lists made into tokens at a time
PIECE = 16  # claims of like length run together
WARMUP = 50  # batches
# Of the schedule. Of the tuning questions the weights of then have as many right as the last ones, and their mean a few
# more: towards the end the lists are known by heart.
MIDDLE = 0.35
EVERY = 6  # chunks from one measuring to the next

Rows = list[tuple[list[int], list[int]]]  # token ids and kinds of each claim
Made = tuple[Rows, list[bool]]  # a list's claims, and which are right


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus `up @ down`, which learns (Hu et al. 2022)."""

    def __init__(self, plain: nn.Linear, rank: int) -> None:
        super().__init__()
        self.plain = plain
        self.down = nn.Parameter(torch.randn(rank, plain.in_features) / plain.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(plain.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return self.plain(x) + linear(linear(x, self.down), self.up)


class Scorer(nn.Module):
    """The reader's layers, each matrix with a change of low rank, and the head."""

    def __init__(self, rank: int = RANK) -> None:
        super().__init__()
        reader: Any = blank_model()
        reader.load_state_dict({n: torch.from_numpy(v) for n, v in unpack().items()}, strict=False)
        yes, unsaid = VERDICTS.index("yes"), VERDICTS.index("unsaid")
        self.bert, self.score = reader.bert, nn.Linear(reader.config.hidden_size, 1)
        for mine, theirs in zip(self.score.parameters(), reader.verdict_outputs.parameters(), strict=True):
            mine.data = (theirs.data[yes] - theirs.data[unsaid])[None].clone()
        for parameter in self.bert.parameters():
            parameter.requires_grad_(False)
        for layer in self.bert.encoder.layer:
            own = layer.attention.self
            for owner, name in [(own, "query"), (own, "key"), (own, "value")] + [
                (part, "dense") for part in (layer.attention.output, layer.intermediate, layer.output)
            ]:
                setattr(owner, name, LowRank(getattr(owner, name), rank))

    def forward(self, rows: Rows) -> Tensor:
        """The score of each claim, (claims,) float32."""
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]))
        parts = [self._piece([rows[i] for i in order[n : n + PIECE]]) for n in range(0, len(order), PIECE)]
        places = torch.empty(len(order), dtype=torch.long)
        places[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[places]

    def _piece(self, rows: Rows) -> Tensor:
        width = max(len(ids) for ids, _ in rows)
        ids, kinds = (torch.tensor([r[n] + [0] * (width - len(r[n])) for r in rows]) for n in range(2))
        mask = torch.tensor([[1] * len(r[0]) + [0] * (width - len(r[0])) for r in rows])
        states = self.bert(ids, attention_mask=mask, token_type_ids=kinds)[0]
        scores: Tensor = self.score(states[:, 0])[:, 0].float()
        return scores


def losses(scores: Tensor, lists: Sequence[Made]) -> list[Tensor]:
    """Of each list minus the log of the chance that its right claims have; of one without any, that none has."""
    made = []
    for own, (_, right) in zip(scores.split([len(rows) for rows, _ in lists]), lists, strict=True):
        every = torch.logsumexp(torch.cat([own, torch.zeros(1)]), 0)
        good = own[torch.tensor(right)]
        made.append(every - torch.logsumexp(good, 0) if len(good) else every)
    return made


def backward(model: Scorer, lists: Sequence[Made]) -> float:
    loss = torch.stack(losses(model([r for rows, _ in lists for r in rows]), lists)).mean()
    loss.backward()
    return loss.item()


def tokenized(tokens: Tokens, listed: Sequence[Any], rng: random.Random | None) -> list[Made]:
    """The claims of each list in tokens; with `rng` right ones are drawn, and some lists lose theirs."""
    made = []
    for question, claims in listed:
        right, wrong = ([c for c in claims if c[3] == wanted] for wanted in (True, False))
        if rng is not None:
            rng.shuffle(right)
            right = [] if rng.random() < CUT else right
        kept = [*right[:RIGHT], *wrong][:CLAIMS]
        if kept:
            rows = [row(tokens, question, Claim(context, start, end)) for context, start, end, _ in kept]
            made.append((rows, [c[3] for c in kept]))
    return made


class Run:
    """One training run in a folder: what it has done, its log, its checkpoint."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.out = args, args.out
        torch.manual_seed(args.seed)
        reader = load_reader("built-in")
        assert reader is not None
        self.tokens = reader.tokens
        lists = [json.loads(line) for line in args.lists.read_text(encoding="utf-8").splitlines()]
        random.Random(args.seed).shuffle(lists)
        self.kept, self.lists = tokenized(self.tokens, lists[:KEPT], None), lists[KEPT:]
        model = Scorer().to(fastest_type("cpu"))
        self.replicas: list[Any] = replicate(model, args.threads)
        self.workers = ThreadPoolExecutor(args.threads, initializer=torch.set_num_threads, initargs=(1,))
        self.master = Master(self.replicas, args.lr, args.lr)
        self.state = {"step": 0, "chunk": 0, "spent": 0.0}
        self.middle: dict[str, Tensor] = {}
        if (self.out / "verifier.pt").exists():
            self._go_on()
        self.began = time.monotonic() - self.state["spent"]

    @property
    def progress(self) -> float:
        """0 at the start of the schedule, 1 or more when it is over."""
        return (time.monotonic() - self.began) / (self.args.minutes * 60)

    def train(self) -> None:
        while self.progress < 1:
            self._chunk()
            if self.state["chunk"] % EVERY == 0 or self.progress >= 1:
                self._measure()
            if not self.middle and self.progress >= MIDDLE:
                self.middle = {name: weight.clone() for name, weight in self.master.copies.items()}
            self._keep()
        pack_verifier(self.weights(), steps=self.state["step"])

    def weights(self) -> dict[str, Tensor]:
        """The mean of what had been learned at MIDDLE and what is now, by the names of `rag/verifier_weights.py`."""
        now = self.master.copies
        return {name: (weight + self.middle.get(name, weight)) / 2 for name, weight in now.items()}

    def _chunk(self) -> None:
        """Train on the next CHUNK lists; every pass over all of them is in an order of its own."""
        passes, at = divmod(int(self.state["chunk"]) * CHUNK, len(self.lists) // CHUNK * CHUNK)
        order = list(range(len(self.lists)))
        random.Random(f"{self.args.seed} {passes}").shuffle(order)
        rng = random.Random(f"{self.args.seed} {self.state['chunk']}")
        drawn = tokenized(self.tokens, [self.lists[i] for i in order[at : at + CHUNK]], rng)
        count, size, found = len(self.replicas), self.args.batch, list[float]()
        for n in range(0, len(drawn) - size + 1, size):
            batch = drawn[n : n + size]
            parts = [batch[i::count] for i in range(count)]
            found.append(sum(self.workers.map(backward, self.replicas, parts)) / count)
            self.master.step(rate(min(1.0, self.progress), int(self.state["step"]), WARMUP))
            self.state["step"] += 1
        self.state["chunk"] += 1
        self._note(progress=round(self.progress, 3), loss=round(sum(found) / len(found), 3))

    @torch.no_grad()
    def _measure(self) -> None:
        """On the lists kept: the loss, and of those with a right claim how many have it first."""
        count = len(self.replicas)
        parts = [self.kept[i::count] for i in range(count)]
        scored = self.workers.map(
            lambda m, part: m([r for rows, _ in part for r in rows]), self.replicas, parts
        )
        total, first, answerable = 0.0, 0, 0
        for part, scores in zip(parts, scored, strict=True):
            total += float(sum(losses(scores, part)))
            for own, (_, right) in zip(scores.split([len(rows) for rows, _ in part]), part, strict=True):
                answerable += any(right)
                first += right[int(own.argmax())]
        self._note(kept_loss=round(total / len(self.kept), 3), first=round(first / answerable, 3))

    def _keep(self) -> None:
        self.state["spent"] = time.monotonic() - self.began
        kept = {"weights": self.master.copies, "middle": self.middle, "state": dict(self.state)}
        save({**kept, "adam": self.master.adam.state_dict()}, self.out / "verifier.pt")

    def _go_on(self) -> None:
        kept = torch.load(self.out / "verifier.pt", weights_only=True)
        self.state, self.middle = kept["state"], kept["middle"]
        for name, weight in self.master.copies.items():
            weight.copy_(kept["weights"][name])
        self.master.adam.load_state_dict(kept["adam"])
        self.master.push()

    def _note(self, **facts: Any) -> None:
        line = json.dumps({"time": time.strftime("%H:%M:%S"), "step": self.state["step"], **facts})
        print(line, flush=True)
        with (self.out / "verifier.jsonl").open("a", encoding="utf-8") as log:
            print(line, file=log)


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lists", type=Path, required=True, help="what training.verifier_lists wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the log")
    parser.add_argument("--minutes", type=float, default=50.0, help="length of the schedule")
    parser.add_argument("--batch", type=int, default=12, help="lists")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=3)
    Run(parser.parse_args(argv)).train()


if __name__ == "__main__":
    main(sys.argv[1:])
