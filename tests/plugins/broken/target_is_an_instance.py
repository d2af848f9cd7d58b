import artgan


@artgan.hookimpl
def artgan_commands():
    yield artgan.CommandSpec("seven", "No command", 7)
