import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("avant-garde", "Ahead of its time", "somewhere:Model", api=99)
