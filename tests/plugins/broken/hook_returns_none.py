import artgan


@artgan.hookimpl
def artgan_metrics():
    artgan.MetricSpec("unyielded", "return was forgotten", "somewhere:Metric")
