"""Launch buttons open the page's notebook in the repository that the book is built from, or are not there."""

import subprocess

import pytest

from largemodels.book import launch


@pytest.fixture
def repository(tmp_path):
    """A function that makes a Git repository on branch ``winter`` with that remote ``origin``."""

    def make(remote):
        subprocess.run(["git", "init", "-q", "-b", "winter", tmp_path], check=True)
        if remote:
            subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
        return tmp_path

    return make


def test_the_pages_buttons_open_its_notebook_on_the_branch(site):
    links = {link["href"] for link in site.page("chapters/chapter.html").find_all("a", href=True)}
    notebook = "chapters/chapter.ipynb"
    assert f"https://mybinder.org/v2/gh/someone/their-fork/winter?urlpath=lab/tree/{notebook}" in links
    assert not [link for link in links if "colab" in link]  # where the notebook could not import the package
    assert f"https://github.com/someone/their-fork/edit/winter/{notebook}" in links


def test_without_a_known_repository_there_are_no_buttons(faulty_site):
    page = faulty_site.page("chapters/chapter.html")
    assert not page.select(".dropdown-launch-buttons, .dropdown-source-buttons, .btn-source-repository-button")
    assert not [link for link in page.find_all("a", href=True) if "binder" in link["href"] or "colab" in link["href"]]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (
            {"LARGEMODELS_REPOSITORY_URL": "https://github.com/a/b", "GITHUB_REPOSITORY": "c/d"},
            ("https://github.com/a/b", "main"),
        ),
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "c/d", "GITHUB_REF_NAME": "spring"},
            ("https://github.com/c/d", "spring"),
        ),
        (
            {"GITHUB_REPOSITORY": "c/d", "GITHUB_HEAD_REF": "my-change", "GITHUB_REF_NAME": "7/merge"},
            ("https://github.com/c/d", "my-change"),
        ),
    ],
)
def test_the_environment_is_asked_first(environment, expected, repository):
    assert launch.find_repository(repository("https://github.com/e/f.git"), environment) == expected


def test_then_the_remote_and_the_current_branch(repository):
    assert launch.find_repository(repository("git@github.com:e/f.git"), {}) == ("https://github.com/e/f", "winter")


def test_nothing_is_known_of_a_folder_inside_another_repository_or_without_a_remote(repository):
    folder = repository(None)
    assert launch.find_repository(folder, {}) == (None, None)
    subprocess.run(["git", "-C", folder, "remote", "add", "origin", "https://github.com/e/f"], check=True)
    (folder / "book").mkdir()
    assert launch.find_repository(folder / "book", {}) == (None, None)


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("https://github.com/e/f.git", "https://github.com/e/f"),
        ("https://name:secret@github.com/e/f.git", "https://github.com/e/f"),
        ("git@github.com:e/f.git", "https://github.com/e/f"),
        ("ssh://git@gitlab.example.org:2222/group/f.git", "https://gitlab.example.org/group/f"),
        ("/srv/git/f.git", None),
        ("file:///srv/git/f.git", None),
        ("", None),
    ],
)
def test_a_remote_becomes_a_web_address_without_credentials(remote, address):
    assert launch.web_address(remote) == address


def test_nothing_is_offered_for_a_host_that_the_theme_does_not_know():
    assert "binderhub_url" in launch.theme_options("https://gitlab.com/e/f", "main")["launch_buttons"]
    assert launch.theme_options("https://code.example.org/e/f", "main") == {}
