import artgan


class Model:
    pass


@artgan.hookimpl
def artgan_models():
    yield Model
