import artgan


@artgan.hookimpl
def artgan_curators():
    yield 42
