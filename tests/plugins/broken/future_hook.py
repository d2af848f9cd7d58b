import artgan


@artgan.hookimpl
def artgan_choreographies():
    return []


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("past-and-future", "Works, although the other hook doesn't", "somewhere:Model")
