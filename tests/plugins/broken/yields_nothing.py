import artgan


@artgan.hookimpl
def artgan_trackers():
    return []
