"""The contract of a model, and the parts that models share."""
