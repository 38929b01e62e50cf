"""What the engine starts: the provider of this package's components."""

import sys
from pathlib import Path

# Python puts the folder that it runs first, and the components lie beside it: a `package add` clones all of the
# repository. Nothing is to be imported from here but as a module of `plugin`.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from pulumi.provider import main

from plugin.provider import make_provider

main(make_provider(), sys.argv[1:])
