import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("echo", "Once", "somewhere:Model")
    yield artgan.ModelSpec("echo", "Twice", "somewhere:Model")
