"""Put a trained checkpoint into the package: `python -m training.export_reader RUN/best.pt`.

Writes `rag/reader_adapter/reader.safetensors` and `reader.json`, then loads them back and prints the figures
on the paragraphs kept for choosing, before packing and after, as it is used.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer

from rag.models import backbone_folder
from rag.reader import Reader, TorchSpans, tokens_of
from rag.reader_weights import FOLDER, blank_model, pack
from training.reader_data import dev_pairs, split
from training.reader_score import read_all, scores


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="best.pt or last.pt of a run")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/reader"))
    parser.add_argument("--dev", type=int, default=200, help="questions to compare on; 0 for none")
    args = parser.parse_args(argv)
    kept = torch.load(args.checkpoint, weights_only=True)
    pairs = list(dev_pairs(split(args.data, "choose")))[: args.dev] if args.dev else []
    if pairs:
        model = blank_model()
        model.load_state_dict(kept["weights"], strict=False)
        tokenizer = AutoTokenizer.from_pretrained(backbone_folder())
        whole = Reader(TorchSpans(model, tokenizer), tokens_of(tokenizer))
        print("as trained", scores(read_all(whole, pairs)))
    step = kept.get("step", kept.get("state", {}).get("step"))
    pack(kept["weights"], FOLDER, steps=step)
    size = (FOLDER / "reader.safetensors").stat().st_size
    print(f"wrote {FOLDER / 'reader.safetensors'}: {size / 1e6:.1f} MB, {step} steps")
    if pairs:
        print("as stored ", scores(read_all(Reader.load(), pairs)))


if __name__ == "__main__":
    main(sys.argv[1:])
