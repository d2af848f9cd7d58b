import artgan


def artgan_models():
    yield artgan.ModelSpec("unmarked", "hookimpl was forgotten", "somewhere:Model")
