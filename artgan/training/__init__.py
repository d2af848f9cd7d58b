"""The training loop, the engine under it, checkpoints, events, and the callbacks that react to them."""
