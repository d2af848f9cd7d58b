"""A plugin of each kind."""

import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("api1-direct", "A critic and a generator", "artgan_api1.direct:Direct")
    yield artgan.ModelSpec("api1-gan", "Two perceptrons", "artgan_api1.gan:Pond", api=1)
    yield artgan.ModelSpec("api1-labels", "Two perceptrons that know labels", "artgan_api1.gan:Labelled")
    yield artgan.ModelSpec("api1-styles", "Half a latent is a style", "artgan_api1.styles:Halves")


@artgan.hookimpl
def artgan_datasets():
    yield artgan.DatasetSpec("api1-rings", "Rings, drawn when they are read", "artgan_api1.data:Rings")


@artgan.hookimpl
def artgan_losses():
    yield artgan.LossSpec("api1-soft", "The non-saturating game with smoothed labels", "artgan_api1.loss:Soft")


@artgan.hookimpl
def artgan_metrics():
    yield artgan.MetricSpec("api1-contrast", "How far contrasts are apart", "artgan_api1.metric:Contrast")


@artgan.hookimpl
def artgan_trackers():
    yield artgan.TrackerSpec("api1-diary", "Writes a diary", "artgan_api1.tracker:Diary")


@artgan.hookimpl
def artgan_curators():
    yield artgan.CuratorSpec("api1-brightest", "The brightest pictures", "artgan_api1.curator:Brightest")


@artgan.hookimpl
def artgan_commands():
    yield artgan.CommandSpec("api1-progress", "Say how far every run has come", "artgan_api1.command:progress")
