import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("verbose", "Two\nlines", "somewhere:Model")
