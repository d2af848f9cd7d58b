import artgan


class Unprintable:
    def __repr__(self):
        raise ValueError("not even that")


@artgan.hookimpl
def artgan_models():
    yield Unprintable()
