"""Buttons that open the page's own notebook, in whatever repository the book is built from.

Without this module the addresses of repository and branch stand in ``_config.yml``, and the buttons of every
fork open the original. Where nothing is known there are no buttons, rather than links that lead nowhere.
"""

import os
import re
import subprocess
from pathlib import Path

_SSH = re.compile(r"(?:ssh://)?(?:[^@/]+@)(?P<host>[^:/]+)(?::\d+/|[:/])(?P<path>.+)")
_WEB = re.compile(r"https?://(?:[^@/]*@)?(?P<host>[^/]+)/(?P<path>.+)")


def setup(app):
    # Early: the theme turns these options into links in its own handlers.
    app.connect("config-inited", _set_theme_options, priority=100)


def _set_theme_options(app, config):
    url, branch = find_repository(Path(app.srcdir), os.environ)
    if url:
        config.html_theme_options.update(theme_options(url, branch))


def find_repository(folder, environment):
    """Return the web address of the book's repository and the branch, or ``(None, None)``.

    Asked in turn, the first to know both wins: the variables LARGEMODELS_REPOSITORY_URL and
    LARGEMODELS_REPOSITORY_BRANCH (default ``main``), the variables that GitHub sets in its workflows, and the
    Git remote ``origin`` of ``folder``.

    Parameters
    ----------
    folder : pathlib.Path
        The book's folder. It counts as a repository only if it is the top of one.
    environment : mapping of str to str
    """
    if environment.get("LARGEMODELS_REPOSITORY_URL"):
        url = environment["LARGEMODELS_REPOSITORY_URL"]
        branch = environment.get("LARGEMODELS_REPOSITORY_BRANCH") or "main"
    elif environment.get("GITHUB_REPOSITORY"):
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        url = f"{server}/{environment['GITHUB_REPOSITORY']}"
        # A pull request is built from a merge that no button can open; GITHUB_HEAD_REF is its branch.
        branch = environment.get("GITHUB_HEAD_REF") or environment.get("GITHUB_REF_NAME")
    elif _git(folder, "rev-parse", "--show-cdup") == "":
        url = _git(folder, "remote", "get-url", "origin")
        branch = _git(folder, "symbolic-ref", "--short", "HEAD") or _git(folder, "rev-parse", "HEAD")
    else:
        return None, None
    url = web_address(url or "")
    return (url, branch) if url and branch else (None, None)


def _git(folder, *arguments):
    """Return what Git answers, or None if it fails or there is no Git."""
    try:
        result = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def web_address(remote):
    """Return the ``https`` address of a Git remote, without credentials and ``.git``; None for other remotes.

    >>> web_address("git@github.com:someone/course.git")
    'https://github.com/someone/course'
    """
    match = _WEB.fullmatch(remote) or _SSH.fullmatch(remote)
    if not match:
        return None
    path = match["path"].rstrip("/").removesuffix(".git")
    return f"https://{match['host']}/{path}"


def theme_options(url, branch):
    """Return the theme's options for a repository; none at all if the theme does not know how its host links."""
    host = url.split("/")[2]
    if "github" not in host and "gitlab" not in host:
        return {}
    # No button for Colab: a notebook stands alone there, without the package that it imports.
    launch_buttons = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
    return {
        "repository_url": url,
        "repository_branch": branch,
        "use_repository_button": True,
        "use_issues_button": True,
        "use_edit_page_button": True,
        "launch_buttons": launch_buttons,
    }
