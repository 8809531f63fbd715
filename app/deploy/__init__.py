"""nginx in front and a process of the site for each core: the files that say so, and how to start it here.

All state is in the address, so it does not matter which process answers: more machines are more `server` lines.
"""
