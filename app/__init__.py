"""BackpropFlow: engine (NumPy) ← state, layout, snapshot ← web (FastAPI, Jinja) ← main ← `python -m app`."""
