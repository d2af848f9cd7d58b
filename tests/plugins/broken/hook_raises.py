import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("came-before", "Works", "somewhere:Model")
    raise KeyError("WEIGHTS_DIR")
