"""Fashion-MNIST: a part ships with the program; all of it where Debian has it installed, or once it was fetched."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs

from core.data.bundled import FOLDER
from core.data.download import Download
from core.data.idx import read_idx
from core.data.registry import Arrays, DataSource, Given, add
from core.data.split import Parts, split_samples
from core.model.amounts import size
from core.model.fault import ProjectError
from core.model.settings import Split
from core.model.spec import Param
from core.model.tensor import Field

Bytes = npt.NDArray[np.uint8]

CLASSES = (
    "T-shirt or top", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
PART, FULL = "5,000 and 1,000", "60,000 and 10,000"
COUNTS = {PART: (5_000, 1_000), FULL: (60_000, 10_000)}
SERVER = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
MIRROR = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
FILES = {
    "train-images-idx3-ubyte.gz": (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    "train-labels-idx1-ubyte.gz": (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    "t10k-images-idx3-ubyte.gz": (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    "t10k-labels-idx1-ubyte.gz": (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
}
"""Bytes and SHA-256 of the published files."""
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def home() -> Path:
    """Where fetched files are kept."""
    return Path(platformdirs.user_data_dir("layerloom", appauthor=False)) / "data" / "fashion-mnist"


def _place() -> Path | None:
    """The folder that holds all four files: Debian's, or the one that they were fetched to."""
    for folder in (DEBIAN, home()):
        if all((folder / name).is_file() for name in FILES):
            return folder
    return None


def _needs(given: Given) -> tuple[Download, ...]:
    if given.word("images") == PART or _place():
        return ()
    wanted = (
        Download(SERVER + name, home() / name, size, sha256, (MIRROR + name,)) for name, (size, sha256) in FILES.items()
    )
    return tuple(each for each in wanted if not each.target.is_file())


def _fields(given: Given) -> dict[str, Field]:
    return {
        "x": Field("x", (1, 28, 28), "float32", "image", "article"),
        "y": Field("y", (), "int64", "class", "kind", CLASSES),
    }


@lru_cache(maxsize=1)
def _shipped() -> tuple[Bytes, Bytes, Bytes, Bytes]:
    try:
        with np.load(FOLDER / "fashion-mnist-5k-1k.npz", allow_pickle=False) as file:
            return file["x"], file["y"], file["xt"], file["yt"]
    except (OSError, ValueError, KeyError) as error:
        raise ProjectError(
            f"The images that come with the program cannot be read ({error}).",
            place=str(FOLDER),
            fix="Install the program again.",
        ) from error


def _all() -> tuple[Bytes, Bytes, Bytes, Bytes]:
    folder = _place()
    if folder is None:
        whole = size(sum(bytes for bytes, _ in FILES.values()))
        raise ProjectError(
            "All of Fashion-MNIST is not on this machine; only a part of it comes with the program.",
            place="data.params.images",
            fix=f"Fetch it from the net ({whole}), install Debian's package dataset-fashion-mnist, or choose {PART}.",
        )
    x, y, xt, yt = (read_idx(folder / name) for name in FILES)
    return x, y, xt, yt


def _read(given: Given) -> Arrays:
    x, y, xt, yt = _shipped() if given.word("images") == PART else _all()
    images = np.empty((len(x) + len(xt), 1, 28, 28), np.float32)
    np.divide(x[:, None], np.float32(255), out=images[: len(x)])
    np.divide(xt[:, None], np.float32(255), out=images[len(x) :])
    return {"x": images, "y": np.concatenate([y, yt]).astype(np.int64)}


def _parts(given: Given, arrays: Arrays, split: Split) -> Parts:
    """The published test images test, or stay out where nothing shall; validation is taken from the others."""
    count, test = COUNTS[given.word("images")]
    parts = split_samples(count, Split(split.validation, 0.0, split.seed), arrays["y"][:count])
    return {**parts, "test": np.arange(count, count + test if split.test else count)}


add(
    DataSource(
        "fashion-mnist",
        "Fashion-MNIST",
        "Clothes, shoes and bags of ten kinds, 28 × 28 pixels, brightness 0…1. A part comes with the program; all of "
        "them where Debian's dataset-fashion-mnist is installed or after they were fetched. The published test images "
        "are the test part, whatever share the split says.",
        "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST (2017), arXiv:1708.07747; MIT licence, © 2017 Zalando SE.",
        "real",
        _fields,
        _read,
        (
            Param(
                "images",
                "Images",
                "choice",
                PART,
                "How many are for training and for testing.",
                choices=tuple(COUNTS),
            ),
        ),
        parts=_parts,
        needs=_needs,
    )
)
