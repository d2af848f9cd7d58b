"""The options of data sets that are made of picture files."""

from typing import Literal

from artgan.data.resize import Focus
from artgan.plugins.options import Field, Options


class PictureOptions(Options):
    """How pictures become images of one shape, and which of them do."""

    channels: Literal["auto", "grey", "rgb", "rgba"] = Field(
        "auto", description="what to make of the pictures; auto looks at them"
    )
    background: str | None = Field(
        None, description="colour under transparent parts and of borders (white): black, '#f4ecd8', …"
    )
    fit: Literal["auto", "crop", "pad", "stretch"] = Field(
        "auto", description="how a picture becomes square: keep a part, add a border, or stretch it"
    )
    focus: Focus = Field("centre", description="which part crop keeps; detail looks for edges")
    resampling: Literal["auto", "smooth", "pixels", "bicubic", "lanczos", "nearest"] = Field(
        "auto", description="how sizes change: smooth takes means of areas, pixels keeps hard edges when it enlarges"
    )
    labels: Literal["auto", "folders", "metadata", "none"] = Field(
        "auto", description="where labels come from: sub-folders, or metadata.jsonl or .csv; auto prefers the latter"
    )
    depth: int = Field(1, ge=1, le=16, description="how many folders deep labels go: 2 for mon/undead")
    unsorted: Literal["auto", "label", "leave"] = Field(
        "auto",
        description="pictures without a label where others have one: a label of their own, or left out (if few)",
    )
    label_column: str | None = Field(None, description="which column of the metadata is the label")
    per_label: int | None = Field(None, ge=1, description="the most pictures of a label (of all, without labels)")
    duplicates: Literal["auto", "keep", "exact", "near"] = Field(
        "auto", description="which copies of a picture are left out, within a label: none, equal files, or look-alikes"
    )
    held_out: float = Field(0.0, ge=0, lt=1, description="share that isn't learnt from, to measure against")
    split: Literal["train", "held-out", "all"] = Field("train", description="which of the two parts, or both")
