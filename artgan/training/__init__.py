"""The loop, the engine under it, checkpoints, and events with those who listen to them."""
