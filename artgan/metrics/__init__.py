"""What measures a generator: features, real statistics, metrics, copies of training images, and the report."""
