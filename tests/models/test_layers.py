"""Layers that several networks share."""

import pytest
import torch
import torch.nn.functional as F

from artgan.models.layers import resize_in_order


@pytest.mark.parametrize(
    ("old", "new"), [((4, 4), (8, 8)), ((4, 4), (7, 7)), ((8, 3), (5, 12)), ((1, 1), (6, 6))], ids=str
)
@pytest.mark.parametrize("channels", [1, 5])
def test_resizing_in_order_is_linear_interpolation(old, new, channels):
    planes = torch.randn(3, channels, *old, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(3, channels, *new, dtype=torch.float64)
    found, known = resize_in_order(planes, new), F.interpolate(planes, size=new, mode="bilinear")
    assert torch.allclose(found, known, atol=1e-6)
    gradients = [torch.autograd.grad((made * weights).sum(), planes)[0] for made in (found, known)]
    assert torch.allclose(*gradients, atol=1e-6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert resize_in_order(planes.float(), new).dtype == torch.float32
