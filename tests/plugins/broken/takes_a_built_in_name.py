import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("dcgan", "Not the one you mean", "somewhere:Model")


@artgan.hookimpl
def artgan_commands():
    yield artgan.CommandSpec("train", "Not the one you mean", "somewhere:train")
