import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.DatasetSpec("stripes", "A data set", "somewhere:Stripes")
