from importlib import metadata

import pytest

from sklearn_rnn import show_versions
from sklearn_rnn._show_versions import _PACKAGES


def test_every_package_is_shown_with_its_installed_version(capsys):
    show_versions()
    lines = capsys.readouterr().out.splitlines()
    shown = dict(line.strip().split(": ", 1) for line in lines if ": " in line)
    assert list(shown)[-len(_PACKAGES) :] == list(_PACKAGES)
    for package in ("numpy", "pandas", "scikit-learn", "skorch", "torch"):
        assert shown[package] == metadata.version(package)


def test_a_missing_package_is_shown_as_not_installed(capsys, monkeypatch):
    installed = metadata.version

    def version_without_sktime(package):
        if package == "sktime":
            raise metadata.PackageNotFoundError(package)
        return installed(package)

    monkeypatch.setattr(metadata, "version", version_without_sktime)
    show_versions()
    assert "      sktime: not installed\n" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["python", "executable", "platform", "kernel"])
def test_the_system_is_shown(capsys, what):
    show_versions()
    assert f"{what}: " in capsys.readouterr().out
