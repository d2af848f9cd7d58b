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
    assert torch.allclose(found, known, rtol=0, atol=1e-12)
    gradients = [torch.autograd.grad((made * weights).sum(), planes)[0] for made in (found, known)]
    assert torch.allclose(*gradients, rtol=0, atol=1e-12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert resize_in_order(planes.float(), new).dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_matrices_that_resize_are_interpolated_in_float32(dtype):
    """And rounded once: what trainings in half precision come to hangs on it."""
    planes = torch.randn(2, 3, 4, 4).to(dtype)
    down, across = (F.interpolate(torch.eye(4)[None], size=new, mode="linear")[0].to(dtype) for new in (7, 9))
    expected = ((planes @ across).transpose(2, 3) @ down).transpose(2, 3)
    assert torch.equal(resize_in_order(planes, (7, 9)), expected)
