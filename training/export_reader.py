"""Put a trained checkpoint into the package: `python -m training.export_reader RUN/best.pt [--shipped 0.5]`.

With `--shipped` the weights are the mean of the checkpoint's and of those that are in the package already, with that
share for these: two runs of one line of training read better together than either does (Wortsman et al. 2022).

Writes `rag/reader_adapter/reader.safetensors` and `reader.json`, then loads them back and prints the figures on the
paragraphs kept for choosing, before packing and after, as it is used.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoTokenizer

from rag.models import backbone_folder
from rag.reader import Reader
from rag.reader_weights import FOLDER, blank_model, pack, unpack
from rag.torch_reader import TorchSpans, tokens_of
from training.reader_data import dev_pairs, split
from training.reader_score import read_all, scores


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="best.pt or last.pt of a run")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reader"))
    parser.add_argument("--dev", type=int, default=200, help="questions to compare on; 0 for none")
    parser.add_argument("--shipped", type=float, default=0.0, help="share of the weights now in the package")
    args = parser.parse_args(argv)
    kept = torch.load(args.checkpoint, weights_only=True)
    weights = mean(kept["weights"], args.shipped) if args.shipped else kept["weights"]
    pairs = list(dev_pairs(split(args.data, "choose")))[: args.dev] if args.dev else []
    if pairs:
        model = blank_model()
        model.load_state_dict(weights, strict=False)
        tokenizer = AutoTokenizer.from_pretrained(backbone_folder())
        whole = Reader(TorchSpans(model, tokenizer), tokens_of(tokenizer))
        print("as trained", scores(read_all(whole, pairs)))
    step = kept.get("step", kept.get("state", {}).get("step"))
    pack(weights, FOLDER, steps=step)
    size = (FOLDER / "reader.safetensors").stat().st_size
    print(f"wrote {FOLDER / 'reader.safetensors'}: {size / 1e6:.1f} MB, {step} steps")
    if pairs:
        print("as stored ", scores(read_all(Reader.load(), pairs)))


def mean(trained: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """`trained`, and by `share` the weights in the package, by the same names."""
    shipped = {name: torch.from_numpy(value) for name, value in unpack(FOLDER).items()}
    # A head that the package's weights have not is new and stays as trained.
    return {n: (1 - share) * w + share * shipped[n] if n in shipped else w for n, w in trained.items()}


if __name__ == "__main__":
    main(sys.argv[1:])
