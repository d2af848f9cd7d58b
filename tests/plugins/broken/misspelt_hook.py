import artgan


@artgan.hookimpl
def artgan_modles():
    yield artgan.ModelSpec("misspelt", "Letters are swapped", "somewhere:Model")
