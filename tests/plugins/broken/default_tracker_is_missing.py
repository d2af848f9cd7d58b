import artgan


@artgan.hookimpl
def artgan_trackers():
    yield artgan.TrackerSpec("spy", "Wants to listen to everything", "no_such_module:Spy", default=True)
