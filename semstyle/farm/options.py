"""The options of a run, which a user may choose."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from semstyle.farm.attempt import FailureClass
from semstyle.manifest.choice import Choice, parse_where
from semstyle.manifest.shard import WHOLE, Shard

ALL_CLASSES = "all"
"""What stands for all classes of failures, also of those whose file is not readable."""


class RunOptions(BaseModel):
    """How a manifest is run; what is rendered is in the manifest alone. The descriptions are the command's help."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str | None = Field(
        default=None, description="Ray cluster: auto or HOST:PORT; by default RAY_ADDRESS, else this machine alone."
    )
    gpus_per_render: float | None = Field(
        default=None, ge=0, le=64, description="1 if there are GPUs; a fraction packs small renders; 0 renders on CPUs."
    )
    cpus_per_render: float | None = Field(
        default=None, gt=0, le=1024, description="CPUs, and threads, of a render; by default what suits the cluster."
    )
    max_attempts: int = Field(
        default=3, ge=1, le=100, description="Attempts that may crash or run out of time or memory."
    )
    max_failures: int | None = Field(default=None, ge=1, description="Stop the run when this many rows have failed.")
    timeout: float | None = Field(
        default=None,
        ge=0,
        description="Seconds that one attempt may take; 0 sets no limit. By default ten times what the render should "
        "take on a slow machine, and at least ten minutes.",
    )
    batch: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Rows of one shape that a task renders side by side; --timeout is multiplied by them.",
    )
    checkpoint_after: float = Field(
        default=120,
        ge=0,
        description="Store the phases of renders estimated to take more seconds; another attempt goes on from them. "
        "Not of batches.",
    )
    preview: bool = Field(
        default=False,
        description="Store a small picture of each phase but the last in OUT/previews/ as it comes.",
    )
    retry_failed: str | None = Field(
        default=None,
        description="Try the rows in OUT/failures/ again, all or those of some classes: --retry-failed=worker,time.",
    )
    changed: bool = Field(
        default=False,
        description="Render again what was rendered from other inputs or parameters than the row has now.",
    )
    force: bool = Field(
        default=False, description="Render every row again; goes on where a run with --force was cut short."
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        description="Work on this many rows that OUT does not have, the first by priority, and leave the others.",
    )
    where: str | None = Field(
        default=None,
        description="Render only rows that meet this condition, such as 'tags.scene = coast and style_weight > 50'.",
    )
    sample: int | None = Field(
        default=None, ge=1, description="Render only so many rows, spread over the manifest, the same ones each time."
    )
    allow_uri: tuple[str, ...] = Field(default=(), description="Prefix that inputs must come from; may be repeated.")
    allow_torchscript: bool = Field(
        default=False, description="Let rows name networks in TorchScript, which are programs, to make maps with."
    )
    wait_for_nodes: float = Field(
        default=0, ge=0, description="Seconds to wait for a node that fits a render, on a cluster that grows."
    )
    shard: str | None = Field(
        default=None, description="Render only this part of the rows, such as 2/8; drivers with the others share OUT."
    )
    grace: float = Field(default=30, ge=0, description="Seconds that renders in flight get after Ctrl-C or SIGTERM.")
    aggregate: bool = Field(default=True, description="Write results/, traces/ and the contact sheet at the end.")

    @field_validator("retry_failed", mode="before")
    @classmethod
    def names_classes(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return ALL_CLASSES if value else None
        if not isinstance(value, str) or value == ALL_CLASSES:
            return value
        names = [name.strip() for name in value.split(",")]
        for name in names:
            if name not in set(FailureClass):
                known = ", ".join(FailureClass)
                raise ValueError(f"there is no class {name[:40]!r} of failures; there are {known}, and {ALL_CLASSES}")
        return ",".join(dict.fromkeys(names))

    @field_validator("shard")
    @classmethod
    def is_a_shard(cls, text: str | None) -> str | None:
        return text if text is None else str(Shard.parse(text))

    @field_validator("where")
    @classmethod
    def is_a_condition(cls, text: str | None) -> str | None:
        if text is not None:
            parse_where(text)
        return text

    @property
    def retried_classes(self) -> frozenset[FailureClass]:
        """The classes of failures that are tried again, where not all are."""
        if self.retry_failed is None or self.retries_all:
            return frozenset()
        return frozenset(map(FailureClass, self.retry_failed.split(",")))

    @property
    def retries_all(self) -> bool:
        """Whether all rows that have failed are tried again."""
        return self.force or self.retry_failed == ALL_CLASSES

    @property
    def choice(self) -> Choice:
        """Which of the manifest's rows this run is about."""
        return Choice(self.where, self.sample)

    @property
    def part(self) -> Shard:
        """The shard of the manifest's rows that this run is about."""
        return Shard.parse(self.shard) if self.shard else WHOLE
