"""Runs one peer on one file, as a command of its own: ``_curation_peers.py PEER INPUT OUT``."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

BANDS, ROWS, SHINGLE = 14, 8, 5


def datatrove(source: Path, out: Path) -> None:
    """Filters, PII, four MinHash stages, JSON lines; 5-character shingles in place of its words."""
    import numpy as np
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
        minhash,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.filters import LambdaFilter
    from datatrove.pipeline.formatters import PIIFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.text import simplify_text

    class Signature(MinhashDedupSignature):
        def get_shingles(self, text: str) -> object:
            text = simplify_text(text, self.config.norm_config)
            grams = [text[i : i + SHINGLE] for i in range(max(1, len(text) - SHINGLE + 1))]
            return np.fromiter((self._hash_func(gram.encode()) for gram in grams), dtype=np.uint64).reshape(
                (-1, 1)
            )

    def fine(document: object) -> bool:
        text = document.text  # type: ignore[attr-defined]
        if not 1 <= len(text) <= 20_000 or any(word in text for word in ("加V", "兼职", "发票", "刷单")):
            return False
        return len(text) < 40 or max(map(text.count, set(text))) <= 0.6 * len(text)

    # Its English word tokenizer needs a package that is not wanted here: shingles are characters.
    minhash.load_word_tokenizer = lambda language: None
    config = MinhashConfig(n_grams=SHINGLE, num_buckets=BANDS, hashes_per_bucket=ROWS)

    def reader() -> object:
        return JsonlReader(str(out / "filtered"), compression=None)

    def stage(*steps: object, tasks: int = 1) -> None:
        LocalPipelineExecutor(pipeline=list(steps), tasks=tasks, workers=1, logging_dir=None).run()

    stage(
        JsonlReader(str(source.parent), glob_pattern=source.name),
        LambdaFilter(fine),
        PIIFormatter(),
        JsonlWriter(str(out / "filtered"), compression=None, output_filename="${rank}.jsonl"),
    )
    stage(reader(), Signature(str(out / "signatures"), config=config))
    stage(MinhashDedupBuckets(str(out / "signatures"), str(out / "buckets"), config=config), tasks=BANDS)
    stage(MinhashDedupCluster(str(out / "buckets"), str(out / "remove"), config=config))
    stage(
        reader(),
        MinhashDedupFilter(str(out / "remove")),
        JsonlWriter(str(out / "kept"), compression=None, output_filename="${rank}.jsonl"),
    )


def data_juicer(source: Path, out: Path) -> None:
    """Its nearest filters (length, repetition), and MinHash over characters."""
    from data_juicer.config import init_configs
    from data_juicer.core import DefaultExecutor

    recipe = out / "recipe.yaml"
    recipe.write_text(
        f"""project_name: benchmark
dataset_path: {source}
export_path: {out}/kept/0.jsonl
np: 1
open_tracer: false
use_cache: false
process:
  - text_length_filter: {{min_len: 1, max_len: 20000}}
  - character_repetition_filter: {{rep_len: 10, min_ratio: 0.0, max_ratio: 0.7}}
  - document_minhash_deduplicator:
      {{tokenization: character, window_size: {SHINGLE}, lowercase: true, num_permutations: {BANDS * ROWS},
       jaccard_threshold: 0.7, num_bands: {BANDS}, num_rows_per_band: {ROWS}}}
""",
        encoding="utf-8",
    )
    DefaultExecutor(init_configs(["--config", str(recipe)])).run()


def bare(source: Path, out: Path) -> None:
    """Read and rewrite, nothing else: what parsing and compressing cost."""
    import polars as pl

    (out / "kept").mkdir()
    pl.read_ndjson(source).write_parquet(out / "kept" / "0.parquet", compression="zstd", compression_level=1)


if __name__ == "__main__":
    # A peer that wants to install something while it is measured fails instead.
    os.environ |= {"PIP_NO_INDEX": "1", "UV_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    logging.disable(logging.INFO)
    PEERS = {"datatrove": datatrove, "data-juicer": data_juicer, "polars": bare}
    PEERS[sys.argv[1]](Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve())
