import artgan


@artgan.hookimpl
def artgan_models(registry):
    yield artgan.ModelSpec("argument", "Asks for what it doesn't get", "somewhere:Model")
