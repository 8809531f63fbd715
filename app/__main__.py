"""The command line: `python -m app [--host H] [--port P] [--root-path /x]` serves the site until Ctrl+C or SIGTERM;
`python -m app deploy` is about nginx in front and a process for each core.

What can go wrong for a person who starts it (a taken port, a missing asset) is one line and exit status 1.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from app.settings import SetupError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    # uvicorn ends by raising the signal once more; asked to stop and stopped is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if given[:1] == ["deploy"]:
            from app.deploy.command import run  # noqa: PLC0415 - a server needs none of it

            run(given[1:])
        else:
            from app.serve import parse, serve  # noqa: PLC0415 - nor the other way round

            serve(parse(given))
    except SetupError as error:
        print(f"BackpropFlow: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
