import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("licensed", "A field of a later version", "somewhere:Model", licence="MIT")
