"""The phrases that tests/prose.py looks for, and the verbs that docstrings of functions may begin with."""

import re
from dataclasses import dataclass

WORD = r"[^\W_][\w'-]*"
BE = r"(?:is|are|was|were|be|been|being)"
MADE_OF = (  # plural nouns that a rate or a share is said of
    "images|pictures|steps|frames|rows|lines|files|columns|bytes|bits|batches|candidates|pixels|parameters|threads|"
    "items|seconds|operations|entries|kernels|latents|numbers|[kMGT]i?B|ms|µs"
)
PER = (  # singular nouns that it is said per
    "second|minute|hour|day|step|label|line|image|picture|epoch|checkpoint|file|process|core|node|option|batch|run|"
    "row|column|channel|item|class|network|GPU|device|machine|candidate|direction|pixel|layer|parameter|weight"
)
IDIOMS = (  # "no reason" and the like, which stand after "is"
    r"longer|more (?:than|and)|less than|fewer than|later than|better|worse|faster|slower|larger|smaller|higher|lower|"
    r"different|doubt|reason|match|substitute|guarantee|surprise|secret|excuse|wonder|use|good"
)
ARTICLED = "few|lot|bit|little|such|quite|half|if|or|and"  # words that may stand between two articles


VERBAL = "has|had|is|was|can|will|did|made|took|wrote|drew|[a-z]{2,}(?:ed|es|s)"  # as in "the images a run has made"


@dataclass(frozen=True)
class Rule:
    """A phrase to avoid.

    Attributes:
        pattern: a regular expression, matched without regard to case; a space in it matches a line break, too.
        instead: what to write.
        bad: an example, which the tests expect to be found.
        good: the same as a native would write it, in which the tests expect nothing to be found.
        unless: expressions that make it native after all, where one of them overlaps the phrase.
    """

    pattern: str
    instead: str
    bad: str
    good: str
    unless: tuple[str, ...] = ()


RULES = (
    Rule(
        rf"\b{BE} no (?!{IDIOMS}\b)(?:{WORD}|[{{'\"]|\Z)",
        'write "isn\'t a …" or "aren\'t …"',
        "'zz' is no duration: write 90s, 10m or 2h.",
        "'zz' isn't a duration: use 90s, 10m or 2h.",
        unless=(rf"\bthere (?:(?:may|can|could|will|would|must|has|have|had) )?{BE} no\b",),
    ),
    Rule(
        rf"\bmakes? no (?!sense\b|difference\b|changes?\b|claims?\b|assumptions?\b|attempt\b|use\b){WORD}",
        "say what is needed",
        "--frames 0 makes no film.",
        "--frames must be at least 1.",
    ),
    Rule(
        r"\b(?:says?|gives?) no (?:kind|such)\b",
        'write "unknown …"',
        "x.foo says no kind of export: it should end in .pt2 or .onnx.",
        "Unknown export format '.foo': use .pt2 or .onnx.",
    ),
    Rule(
        r"\b(?:this|that|it|which|they|these) (?:is|are) (?-i:none)\b",
        "say what it isn't",
        "--checkpoint chooses among those of a run, and this is none.",
        "--checkpoint only applies to runs.",
    ),
    Rule(
        r"\bof the (?:\S+ ){1,3}no \w+ (?:is|are) left\b",
        'write "X has no …"',
        "Of the label X no image is left.",
        "Label X has no readable images.",
    ),
    Rule(
        r"\b(?:can't|cannot|can not|couldn't|could not|may not) be had\b",
        'write "isn\'t available"',
        "The weights can't be had.",
        "The weights aren't available.",
    ),
    Rule(
        r"\b(?:go|goes|going|gone|went) on with\b",
        'write "continue"',
        "Go on with a run where it stopped.",
        "Continue a run from where it stopped.",
    ),
    Rule(
        r"\b(?:go|goes|going|gone|went) on\b(?! with\b)",
        'write "continue", or "happen"',
        "Training goes on.",
        "Training continues; the page goes on to options.",
        unless=(r"\b(?:go|goes|going|went) on to\b", r"\bwhat(?:'s| is) going on\b"),
    ),
    Rule(
        r"\bnobody\b",
        'write "no one", or turn the sentence round',
        "These digits nobody wrote; nobody has to be asked.",
        "Nobody wrote these digits, and you don't need to ask anyone.",
        unless=(r"\bnobody (?:drew|wrote (?!;))", r"^nobody\b"),
    ),
    Rule(r"\banybody(?:'s)?\b", 'write "anyone"', "Or anybody's loss.", "Or anyone's loss."),
    Rule(
        r"\bsomebody(?:'s)?\b",
        'write "someone"',
        "Somebody who is told how trainings go.",
        "Receives training events, for someone else.",
    ),
    Rule(
        rf"(?<![\w.])(?:{MADE_OF}) an? (?:{PER})\b(?! (?:{VERBAL})\b)",
        'write "per"',
        "2,000 images a second",
        "2,000 images per second",
    ),
    Rule(r"\btimes an? (?:step|image|epoch|batch|run)\b", 'write "per"', "ten times a step", "ten times per step"),
    Rule(
        rf"\b(?:a|an) (?!{ARTICLED}\b)[a-z]+ an? (?!{ARTICLED}\b){WORD}",
        'write "one … per …"',
        "The contact sheet has a row a label.",
        "The contact sheet has one row per label.",
        unless=(r"\ban? \w+ an? (?:second|minute|hour|day|week|moment|step) (?:ago|later|before|after|into|from)\b",),
    ),
    Rule(
        r"(?<![\d,])\b(?:one|two|three|\d+) (?:line|file|row|column|image|picture|object|dict|record|test|process|name|"
        r"entry|step|number|curve|value|module|pass|word|tensor|folder|page|strip)s? an? (?!few\b|lot\b)[a-z]+",
        'write "one … per …"',
        "One file a command.",
        "One file per command.",
    ),
    Rule(
        rf"{WORD}'s {WORD}s? an? {WORD}'s\b",
        'write "per"',
        "discriminator's steps a generator's step",
        "discriminator steps per generator step",
    ),
    Rule(
        rf"\b{BE} told\b(?! (?:to|apart|how|where|which|what|when|that|about)\b)",
        'write "is reported", "is given", or say who tells whom',
        "What can't be read is left out and told, and what's missing is told.",
        "What can't be read is left out and reported; the two are told apart.",
    ),
    Rule(
        r"[,;] told\b",
        'write "reported", or say who tells whom',
        "Too little memory, told with the option that helps.",
        "Too little memory; the error names the option that helps.",
    ),
    Rule(
        r"\b(?<!be\s)(?<!are\s)(?<!is\s)told from\b",
        'write "told apart from", or "distinguished from"',
        "Pictures told from their mirror images.",
        "Pictures told apart from their mirror images.",
    ),
    Rule(
        rf"\b{BE} said\b(?! to\b)",
        'say who says it, or write "is reported" or "is printed"',
        "A sample sheet that can't be written is left out, which is said.",
        "artgan leaves out a sample sheet that can't be written, and says so.",
    ),
    Rule(
        r"\bin whose name\b",
        'write "attribute … to"',
        "In whose name an unexpected error is reported.",
        "Attribute unexpected exceptions to the plugin that raised them.",
    ),
    Rule(
        r"(?:^|: |\. |\()whose (?!\w+\?)",
        'name the noun: "the run whose …", "run to sample from"',
        "Whose model draws (the latest run).",
        "Run to sample from (default: the latest).",
    ),
    Rule(
        r"\b(?:is|are|was|were) (?:here|there) already\b",
        'write "already exists"',
        "A run called 'x' is there already.",
        "Run 'x' already exists.",
    ),
    Rule(r"\bexists? already\b", 'write "already exists"', "x exists already.", "x already exists."),
    Rule(r"(?:\d|\}) gone\b", 'write "elapsed"', "0:08 gone", "0:08 elapsed"),
    Rule(
        r"\bhangs? on\b(?! (?:the|a|your) wall)",
        'write "depends on"',
        "Layers that begin at zero would hide what hangs on what.",
        "Zero-initialised layers would mask dependencies.",
    ),
    Rule(
        r"\bleaves? (?:it|them|that|this) open\b|\b(?:is|are) left open\b",
        'write "doesn\'t set", or "has the option"',
        "The game's loss, of a model that leaves it open.",
        "Adversarial loss, for models that have the option.",
    ),
    Rule(
        r"\b(?:is|are) the (?:higher|lower|larger|smaller|better|worse|more) the\b",
        'write "rises when …"',
        "FID is the higher the fewer there are.",
        "FID rises when there are fewer images; the fewer, the higher.",
    ),
    Rule(
        r"\b(?:for|to|by|than|as) who (?:has|is|hasn't|isn't|wants|doesn't|\w+s)\b",
        'write "anyone who"',
        "Which images it suits, for who hasn't chosen one.",
        "Which images it suits, for anyone who hasn't chosen one.",
    ),
    Rule(
        r"(?:^|[.;:]\s)who (?:\w+s|has|is|wants?)\b(?![^.]*\?)",
        'write "anyone who", or the noun: "the curator that …"',
        "Who wants the folder must say so.",
        "If you mean the folder, say so. Who knows?",
    ),
    Rule(r"\bone's own\b|\bto one's\b", 'write "your own"', "To be made one's own.", "To make your own."),
    Rule(r"\btrainings\b", 'write "training runs", or "runs"', "Longer trainings.", "Longer training runs."),
    Rule(
        r"\b(?:a|another) (?:\w+(?:ed|ing) )?training\b(?! (?:run|loop|step|set|image|picture|script|job|class|session|"
        r"budget|phase|example|curve|error|log|process|command|record|event|option)s?\b)",
        'write "a training run", "a run", or "training"',
        "A resumed training equals a training without a stop.",
        "A resumed run equals a training run without a stop.",
    ),
    Rule(r"[\d}] %(?![\w(])", "write the percent sign without a space", "96 % of them.", "96% of them."),
    Rule(r"\bmend(?:s|ed|ing)?\b", 'write "fix"', "The user can mend it.", "The user can fix it."),
    Rule(
        r"\btimes that every\b", 'write "passes over"', "Times that every image is shown.", "Passes over the data set."
    ),
    Rule(
        r"\b(?:was|were) not yet \w+(?:ed|en)\b",
        'write "hasn\'t been … yet"',
        "They pass all checks, and were not yet tuned.",
        "They pass all checks but haven't been tuned yet.",
    ),
    Rule(
        r"\bno more(?=[.,;:)]| once\b| when\b)",
        'write "no longer", or "not … any more"',
        "It needs them no more once it has begun.",
        "It no longer needs them once it has begun; there are no more than three.",
    ),
    Rule(
        r"\bwithout network\b",
        'write "without a network connection", or "offline"',
        "It works without network.",
        "It works offline.",
    ),
    Rule(
        r"\btakes? in (?:a|the) file's contents\b",
        'write "fsync"',
        "Have the disk take in a file's contents.",
        "fsync a file.",
    ),
)

NOMINAL = re.compile(
    r"(?:(?:in|to|for|of|from|by|with) )?(?:what|whether|how|those|that|where|when|who|whom|whose|which|why)\b"
    r"|(?:some|no|any)body\b",
    re.IGNORECASE,
)
"""Beginnings of a docstring that make it a clause with nothing around it: "What a run keeps."."""

VERBS = frozenset(
    """
    abort accept accumulate activate adapt add adjust advance advertise align allocate allow announce answer append
    apply approximate archive arrange ask assemble assert assign assume attach attribute augment average avoid back
    balance begin bind blend block blur bound break broadcast build bundle cache calculate call cancel cast catch centre
    change check choose claim clamp classify clean cleanse clear clip close collapse collect colour combine compare
    compile complain complete compose compress compute concatenate condense configure confirm connect construct consume
    contain continue convert convolve copy correct correlate count cover crash create crop cross curate cut cycle decay
    decide declare decode decompress decorate decrease define delay delete deliver demand deny derive describe
    deserialise detach detect determine differentiate disable discard disconnect discover discriminate display
    distribute divide do double download downsample draw drop dump embed emit empty enable encode end enforce enlarge
    ensure enter enumerate escape estimate evaluate exchange exclude execute exercise exhibit exit expand expect explain
    explore export expose express extend extract fade fail fetch fill filter find finish fit fix flag flatten flip flush
    fold follow forbid force forget fork form format forward free freeze fsync fuse gather generate get give go grade
    group grow guard guess halt halve handle hang hash help hide hold identify ignore implement import improve include
    increase index infer inform inherit initialise insert inspect install instantiate interpolate interrupt intersect
    invert invoke isolate iterate join judge keep kill label launch lay lead leave let limit link list listen load
    locate lock log look lower make map mark mask match mean measure merge minimise mirror mix modify monitor mount move
    multiply name nest normalise note notify number obtain offer omit open optimise order orient overlay overwrite pack
    pad paint parse pass paste patch penalise perform permute persist pick place plan play plot point pool populate
    postpone predict prefer prepare preserve press pretend prevent print probe process produce profile project prompt
    propagate protect prove provide prune publish pull punish push put quantise query queue quit raise randomise rank
    rate reach read rebuild recall receive recognise recompute reconstruct record recover recreate redirect reduce refer
    refine refuse regenerate register reject release reload remember remind remove rename render repeat replace replay
    report represent reproduce request require resample reserve reset reshape resize resolve respond restart restore
    restrict resume retrieve retry return reuse reverse revert rewrite rotate round route run sample save say scale scan
    schedule score scramble search see seed select send separate serialise serve set settle shade shape share shift
    shorten show shrink shuffle shut sign signal simulate skip sleep slice slide smooth solve sort space spawn specify
    split spread stack stage stamp standardise start state stop store stream strip study style submit subtract suggest
    sum summarise supply support suppress survey swap switch synchronise synthesise take tell terminate test tidy tie
    tile time toggle track train transform translate transpose traverse treat trim truncate try tune turn unfold
    unfreeze unify uninstall unlink unlock unpack unwrap update upload upsample use validate vary verify visit wait walk
    warn watch weigh weight widen wind wire withdraw work wrap write yield zero zoom
    """.split()  # noqa: SIM905
)
"""The verbs that the docstring of a function may begin with; add a missing one if it is in the imperative."""
