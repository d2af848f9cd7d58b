import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("aimless", "The class is missing", "somewhere.Model")
