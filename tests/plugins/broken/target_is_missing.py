import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("ghost", "Nobody is there", "no_such_module:Ghost")
