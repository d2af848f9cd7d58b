"""What the shell offers after Tab."""

import pytest


@pytest.fixture
def complete(artgan):
    """Complete the last word of a line, as bash asks for it."""

    def ask(line: str, **variables: str) -> list[str]:
        words = line.split(" ")
        done = artgan(_ARTGAN_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1), **variables)
        assert done.stderr == ""
        return done.stdout.split()

    return ask


def test_commands(complete):
    assert complete("artgan r") == ["recreate", "resume", "runs"]


def test_models_and_data_sets(complete):
    assert complete("artgan train --model dc") == ["dcgan"]
    assert complete("artgan models m") == ["mlp"]
    assert complete("artgan train --data mn") == ["mnist"]
    assert {"glyphs", "mosaic"} <= set(complete("artgan datasets "))


def test_a_plugin_s_model_and_not_a_broken_one(complete, install):
    install("artgan_bad", "import sys; sys.exit('no')")
    path = install(
        "artgan_blob",
        "import artgan\n@artgan.hookimpl\ndef artgan_models():\n    yield artgan.ModelSpec('blob', 'A blob', 'a:B')\n",
    )
    assert complete("artgan train --model b", PYTHONPATH=path) == ["blob"]


def test_choices(complete):
    assert complete("artgan train --device c") == ["cpu", "cuda"]
    assert complete("artgan train --precision bf") == ["bf16-mixed"]


def test_folders_once_a_path_is_begun(complete, tmp_path):
    (tmp_path / "pictures").mkdir()
    assert complete("artgan train --data ./p") == ["./pictures"]


def test_runs_their_checkpoints_and_labels(complete, make_run, tmp_path):
    make_run("spring")
    make_run("summer")
    assert set(complete("artgan resume s")) == {"spring", "summer"}
    assert complete("artgan gallery --run sp") == ["spring"]
    assert complete("artgan gallery --run spring --checkpoint ") == ["120"]
    assert complete("artgan gallery --run spring --label o") == ["one"]
    (tmp_path / "runs").rename(tmp_path / "elsewhere")
    assert complete("artgan runs --runs-dir elsewhere spr") == ["spring"]


def test_the_script_for_the_shell(artgan):
    done = artgan("--show-completion", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "requires an argument" in done.stderr
    done = artgan("--show-completion", "zsh", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_ARTGAN_COMPLETE" in done.stdout
