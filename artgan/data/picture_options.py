"""Options of data sets that consist of picture files."""

from typing import Literal

from artgan.data.resize import Focus
from artgan.plugins.options import Field, Options


class PictureOptions(Options):
    """Options that select pictures and bring them to one shape."""

    channels: Literal["auto", "grey", "rgb", "rgba"] = Field(
        "auto", description="channels of the images; auto decides by looking at the pictures"
    )
    background: str | None = Field(
        None, description="colour of borders and under transparent parts (default: white): black, '#f4ecd8', …"
    )
    fit: Literal["auto", "crop", "pad", "stretch"] = Field(
        "auto", description="how to make pictures square: crop them, pad them with a border, or stretch them"
    )
    focus: Focus = Field("centre", description="which part crop keeps; detail finds the part with the most edges")
    resampling: Literal["auto", "smooth", "pixels", "bicubic", "lanczos", "nearest"] = Field(
        "auto", description="how to resize: smooth averages areas, pixels keeps hard edges when enlarging"
    )
    labels: Literal["auto", "folders", "metadata", "none"] = Field(
        "auto", description="source of labels: subfolders, or metadata.jsonl or .csv; auto prefers the latter"
    )
    depth: int = Field(1, ge=1, le=16, description="levels of subfolders in a label: 2 for mon/undead")
    unsorted: Literal["auto", "label", "leave"] = Field(
        "auto",
        description="pictures without a label where others have one: give them one, or leave them out (auto: if few)",
    )
    label_column: str | None = Field(None, description="column of the metadata that holds the label")
    per_label: int | None = Field(None, ge=1, description="most pictures per label (or in all, without labels)")
    duplicates: Literal["auto", "keep", "exact", "near"] = Field(
        "auto", description="duplicates within a label: keep them, leave out equal files, or look-alikes too (near)"
    )
    held_out: float = Field(0.0, ge=0, lt=1, description="share of pictures to hold out for evaluation")
    split: Literal["train", "held-out", "all"] = Field("train", description="which of the two parts to use, or both")
