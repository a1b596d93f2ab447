"""`dnsviz grok`, which asks pygraphviz for its version in a way that Debian 12's does not know."""

import sys
import types

import pygraphviz

pygraphviz.release = types.SimpleNamespace(version=pygraphviz.__version__)

from dnsviz.commands import grok  # noqa: E402

grok.main(["grok", *sys.argv[1:]])
