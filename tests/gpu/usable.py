"""Say why no GPU can be used here, and fail; say nothing where one can: python tests/gpu/usable.py"""

from __future__ import annotations

import sys

import torch

from semstyle.farm.worker.nvidia_driver import why_unusable

if not torch.cuda.is_available():
    reason = why_unusable()
    why = "torch finds none" if reason is None else "; ".join(reason)
    print(f"make test-gpu: there is no GPU here that can be used ({why}), so nothing was tested on one")
    sys.exit(1)
