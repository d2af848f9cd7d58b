import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("rival", "Of the second package", "somewhere:Model")
