import artgan


@artgan.hookimpl
def artgan_metrics():
    yield artgan.MetricSpec("blind", "Fails when it is computed", "metric_raises_later:Blind")
    yield artgan.MetricSpec("lost", "Can't be imported", "no_such_module:Lost")
