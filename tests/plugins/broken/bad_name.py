import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("My Model", "A name with a space", "somewhere:Model")
