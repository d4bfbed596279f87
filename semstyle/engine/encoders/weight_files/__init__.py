"""Reading files of weights from strangers; what is in them is known, and bounded, before any of it is read.

Three kinds are told apart by their first bytes: an ``.npz``, safetensors, and what ``torch.save`` makes of a state
dict (a zip archive, or the form before it). A pickle is followed, never run.
"""

from semstyle.engine.encoders.weight_files.archive import open_archive
from semstyle.engine.encoders.weight_files.contents import stored_tensors
from semstyle.engine.encoders.weight_files.forgery import UnusableWeights, one_clear_line
from semstyle.engine.encoders.weight_files.stored_tensor import MOST_BYTES, StoredTensor

__all__ = ["MOST_BYTES", "StoredTensor", "UnusableWeights", "one_clear_line", "open_archive", "stored_tensors"]
