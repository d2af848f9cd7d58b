"""The hybrid: several generators, of the same or different models, mixed by a learned gate."""

from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any, Literal

import torch
from torch import Tensor, nn

import artgan
from artgan.models.latent_model import require_latents
from artgan.models.model import Loss
from artgan_plugins.models.hybrid_networks import Fusion, Gate, makes_images_plainly, only_what_samples


class HybridOptions(artgan.GANOptions):
    """Options of the model, set with ``-o``."""

    members: tuple[artgan.ModelSource, ...] = artgan.Field(
        ("dcgan", "mlp"),
        min_length=2,
        max_length=16,
        description="models to train together, or finished runs",
        validate_default=True,
    )
    member_options: tuple[str, ...] = artgan.Field(
        (), description="options of members that aren't runs, such as dcgan.width=16; a second dcgan is dcgan-2"
    )
    frozen: bool = artgan.Field(False, description="freeze members that are runs, and train only the gate")
    discriminator: artgan.ModelSource | None = artgan.Field(
        None, description="model or run that provides the discriminator; none: the first member with a plain one"
    )
    gate: Literal["image", "pixel"] = artgan.Field(
        "image", description="members' shares per image, or per pixel (smooth: computed at a quarter of the size)"
    )
    choice: Literal["soft", "hard"] = artgan.Field(
        "soft", description="soft: mix members by their shares; hard: choose one member"
    )
    even: float = artgan.Field(0.0, ge=0, le=1000, description="weight of the penalty on uneven shares (0: off)")
    gate_width: int = artgan.Field(32, ge=4, le=512, description="channels inside the gate")
    latent_dim: int = artgan.Field(64, ge=1, le=4096, description="size of a latent of members that aren't runs")
    lr_g: float = artgan.Field(2e-3, gt=0, lt=1, description="gate learning rate; members use those of their models")
    lr_d: float = artgan.Field(1e-3, gt=0, lt=1, description="discriminator learning rate")
    beta1: float = artgan.Field(
        0.0, ge=0, lt=1, description="Adam's decay rate of the first moment, except for members"
    )
    beta2: float = artgan.Field(
        0.99, ge=0, lt=1, description="Adam's decay rate of the second moment, except for members"
    )
    r1: float = artgan.Field(0.1, ge=0, le=1000, description="weight of the R1 gradient penalty (0: off)")
    r1_interval: int = artgan.Field(16, ge=1, le=1000, description="steps between R1 (and R2) penalties")


class ConditionalHybridOptions(HybridOptions):
    """Options of the model, set with ``-o``."""

    members: tuple[artgan.ModelSource, ...] = artgan.Field(
        ("cgan", "cgan"),
        min_length=2,
        max_length=16,
        description="conditional models to train together, or runs",
        validate_default=True,
    )


class Hybrid(artgan.GAN):
    """A mixture of generators that share latents, against a single discriminator.

    The gate sees the latent and each member's image of it, and assigns each member a share; the shares of an image, or
    of a pixel, sum to 1. As in MEGAN, a hard choice is trained with the straight-through Gumbel-softmax, and a penalty
    on uneven shares keeps a single member from taking over; here both are options.
    """

    Options = HybridOptions
    generator: Fusion
    capturable = True
    default_batch_size = 32
    default_steps = 6000
    paper = (
        "Park et al. 2018, MEGAN: Mixture of Experts of Generative Adversarial Networks for Multimodal Image "
        "Generation, https://arxiv.org/abs/1805.02481; the hard choice: Jang, Gu and Poole 2017, Categorical "
        "Reparameterization with Gumbel-Softmax, https://arxiv.org/abs/1611.01144"
    )

    def __init__(self, options: HybridOptions, data: artgan.ImageInfo) -> None:
        super().__init__(options, data)
        self.names = _numbered([source.name for source in options.members])
        fixed = [options.frozen and source.checkpoint is not None for source in options.members]
        if options.frozen and not any(fixed):
            raise artgan.UserError(
                "frozen only applies to members that are runs: name a run as a member, or set -o frozen=false."
            )
        settings = self._settings()
        pairs = zip(self.names, options.members, strict=True)
        members = [self._member(name, source, settings[name]) for name, source in pairs]
        self.judged_by, judge = self._judge(members)
        self.discriminator = judge.discriminator.requires_grad_(True)
        self._latent_size = max(prod(member.latent_shape) for member in members)
        labels = data.labels if self.conditional else 0
        whole = options.gate == "image"
        gate = Gate(len(members), self._latent_size, data.channels, labels, options.gate_width, whole)
        self.capturable = self.capturable and all(model.capturable for model in (*members, judge))
        self.generator = Fusion([only_what_samples(member) for member in members], fixed, gate, options.choice)

    @property
    def latent_shape(self) -> tuple[int, ...]:
        """The longest latent of all members; each member uses as many of its numbers as it needs, from the first."""
        return (self._latent_size,)

    def begin(self) -> Iterable[artgan.ModelSource]:
        """Load the weights of members that are runs, and of the discriminator if it comes from a run."""
        for source, member in zip(self.options.members, self.generator.members, strict=True):
            if source.checkpoint is not None:
                theirs, ours = source.open().state_dict(), member.state_dict()
                member.load_state_dict({name: theirs[name] for name in ours})
                yield source
        if self.judged_by.checkpoint is not None:
            judge = self.judged_by.open()
            assert isinstance(judge, artgan.GAN)
            self.discriminator.load_state_dict(judge.discriminator.state_dict())
            if self.judged_by not in self.options.members:
                yield self.judged_by

    def phases(self) -> Iterable[artgan.Phase]:
        """Yield the usual phases; those of the generator also report the members' shares, and even them out."""
        for phase in super().phases():
            yield replace(phase, loss=self._with_shares(phase.loss)) if "generator" in phase.networks else phase

    def optimizer(self, network: str, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return Adam with the learning rates of its own model for each member."""
        if network != "generator":
            return super().optimizer(network, parameters)
        left = {id(parameter) for parameter in parameters}
        optimizer = super().optimizer(network, [p for p in self.generator.gate.parameters() if id(p) in left])
        kept = {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
        for member in self.generator.members:
            assert isinstance(member, artgan.Model)
            for name in member.averaged:
                own = [p for p in getattr(member, name).parameters() if id(p) in left]
                for group in member.optimizer(name, own).param_groups if own else ():
                    rates: dict[str, Any] = {key: group["lr"] for key in ("lr", "initial_lr") if key in kept}
                    rates["betas"] = group.get("betas", kept["betas"])
                    optimizer.add_param_group({**kept, **rates, "params": group["params"]})
        return optimizer

    def generate(self, batch: artgan.Batch) -> Tensor:
        """Generate images from this step's latents; leave the members' mean shares (M,) in the memo."""
        labels = batch.labels if self.conditional else None
        images: Tensor
        images, batch.memo["shares"] = self.generator(batch.latents(*self.latent_shape), labels)
        return images

    def sample(self, latents: Tensor, labels: Tensor | None, truncation: float = 1.0) -> Tensor:
        """Sample images (N, C, H, W); each member truncates in its own way, and the gate sees scaled latents."""
        images: Tensor = self.generator(latents, labels if self.conditional else None, truncation)[0]
        return images

    def _with_shares(self, loss: Loss) -> Loss:
        def with_shares(batch: artgan.Batch) -> dict[str, Tensor]:
            found, shares = loss(batch), batch.memo.pop("shares")
            if self.options.even:
                uneven = (shares - 1 / len(shares)).square().sum()
                found["loss"] = found["loss"] + self.options.even * uneven
            return found | {f"share({name})": share for name, share in zip(self.names, shares.detach(), strict=True)}

        return with_shares

    def _settings(self) -> dict[str, dict[str, str]]:
        """Parse ``member_options`` into options by member."""
        settings: dict[str, dict[str, str]] = {name: {} for name in self.names}
        last: tuple[str, str] | None = None
        for text in self.options.member_options:
            place, equals, value = text.partition("=")
            if not equals and last:  # the next item of a list: dcgan.width=16,mlp.hidden=128,256
                settings[last[0]][last[1]] += f",{text}"
                continue
            name, dot, key = place.rpartition(".")
            if not (dot and equals) or name not in settings:
                raise artgan.UserError(
                    f"member_options={text} must name a member, an option and a value, such as "
                    f"{self.names[0]}.width=16. Members are {', '.join(self.names)}."
                )
            if self.options.members[self.names.index(name)].checkpoint is not None:
                raise artgan.UserError(f"member_options={text}: {name} is a run, whose options can't be changed.")
            settings[name][key] = value
            last = name, key
        return settings

    def _member(self, name: str, source: artgan.ModelSource, settings: dict[str, str]) -> artgan.Model:
        """Build a member. Raises :class:`artgan.UserError`, with the reason, if the model can't be a member."""
        fresh = source.checkpoint is None
        member = source.build(self.data, settings)
        if member.conditional != self.conditional:
            kind = "conditional" if member.conditional else "unconditional"
            raise artgan.UserError(
                f"{name} is {kind}: use --model {'hybrid-cond' if member.conditional else 'hybrid'}, or another member."
            )
        if fresh and "latent_dim" in type(member.options).model_fields and "latent_dim" not in settings:
            member = source.build(self.data, {**settings, "latent_dim": self.options.latent_dim})
        if fresh and not makes_images_plainly(member):
            raise artgan.UserError(
                f"{name} has its own way of training, which doesn't work inside a hybrid. Train it on its own first, "
                "then name its run as a member."
            )
        return require_latents(member)

    def _judge(self, members: list[artgan.Model]) -> tuple[artgan.ModelSource, artgan.GAN]:
        """Return the source of the discriminator, and a model that has it."""
        chosen = self.options.discriminator
        if chosen is None:
            for source, member in zip(self.options.members, members, strict=True):
                if isinstance(member, artgan.GAN) and _judges_plainly(member):
                    return self._as_it_learnt(source), member
            raise artgan.UserError(
                "None of these members has a discriminator that works on its own: name a model or a run that has one, "
                "such as -o discriminator=dcgan."
            )
        judge = chosen.build(self.data)
        if not (isinstance(judge, artgan.GAN) and _judges_plainly(judge) and judge.conditional == self.conditional):
            raise artgan.UserError(
                f"The discriminator of {chosen.name} only works with the rest of its model, or with"
                f"{'out' if self.conditional else ''} labels: choose another one, such as "
                f"-o discriminator={'cgan' if self.conditional else 'dcgan'}."
            )
        return self._as_it_learnt(chosen), judge

    def _as_it_learnt(self, judge: artgan.ModelSource) -> artgan.ModelSource:
        if judge.checkpoint is not None and self.options.spectral_norm:
            raise artgan.UserError(
                f"spectral_norm would change the trained discriminator of {judge.name}: leave it off, or set "
                "-o discriminator to a model."
            )
        return judge


class HybridConditional(Hybrid):
    """A hybrid of conditional models; the gate sees the label, too."""

    Options = ConditionalHybridOptions
    capturable = True
    conditional = True


def _judges_plainly(model: artgan.GAN) -> bool:
    """Return True if the model's logits are ``discriminator(images)`` and nothing else."""
    return all(getattr(type(model), name) is getattr(artgan.GAN, name) for name in ("discriminate", "judge"))


def _numbered(names: list[str]) -> list[str]:
    """Make names unique: the second ``dcgan`` becomes ``dcgan-2``."""
    counts = [names[: place + 1].count(name) for place, name in enumerate(names)]
    return [name if count == 1 else f"{name}-{count}" for name, count in zip(names, counts, strict=True)]
