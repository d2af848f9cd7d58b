import artgan


@artgan.hookimpl
def artgan_models():
    while True:
        yield artgan.ModelSpec("again", "And again", "somewhere:Model")
