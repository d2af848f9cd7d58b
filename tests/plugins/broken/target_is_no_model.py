import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("impostor", "A dictionary", "collections:OrderedDict")
