"""What a run did, in sentences made from its numbers: each is true of every run for which it is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from app.digits import MIN_DECIMALS_SCALAR, formatted, significant, told_apart
from app.digits.update import LossDigits
from app.engine.descent import Descent
from app.snapshot.indices import power_of_ten
from app.snapshot.models import Update
from app.snapshot.train import Halved, changes
from app.state import number_text

# Smaller losses are written as powers of ten at an axis, which has room for so many letters.
_SMALL, _ROOM = 1e-4, 7


def outcome(run: Descent, digits: LossDigits) -> str:
    """What the step that is shown did to the loss."""
    symbol = run.start.graph.loss.symbol
    if not run.taken:
        return f"{symbol} stays {digits.before}."
    before, after = run.losses[-2:]
    if before == after:
        return f"{symbol} stays {digits.after}: the change is less than a float64 can show."
    return f"{symbol} {'falls' if after < before else 'rises'} from {digits.before} to {digits.after}."


def second_order(update: Update, half: Halved) -> str:
    """How far what was predicted is off, and how that shrinks with lr."""
    return (
        f"Here the two differ by {significant(half.off, 3)}. A step half as large, with lr = "
        f"{number_text(update.lr / 2)}, is off by {significant(half.off_at_half, 3)}, "
        f"{significant(half.off_at_half / half.off, 3)} times as much; an error of order lr² becomes a quarter."
    )


def described(run: Descent) -> str:
    """The curve in words: where the loss goes, whether it falls all the way, and where it is lowest."""
    symbol, losses = run.start.graph.loss.symbol, run.losses
    if not run.taken:
        return f"No step was taken: {symbol} is {significant(losses[0], 6)}."
    steps = f"{run.taken} step{'s' if run.taken > 1 else ''}"
    first, last = told_apart(losses[0], losses[-1], least=MIN_DECIMALS_SCALAR)
    goes = "falls" if losses[-1] < losses[0] else "rises"
    whole = f"stays {first}" if losses[0] == losses[-1] else f"{goes} from {first} to {last}"
    return f"In {steps}, {symbol} {whole}.{_on_the_way(run)}"


def _on_the_way(run: Descent) -> str:
    if run.taken == 1:
        return ""
    moved = changes(run)
    rises = sum(change > 0 for change in moved)
    lowest = min(range(len(run.losses)), key=run.losses.__getitem__)
    said = f" It rises in {rises} of them." if rises else ""
    for way, always in (("falls", all(change < 0 for change in moved)), ("rises", rises == run.taken)):
        said = f" It {way} in every step." if always else said
    if lowest not in (0, run.taken):
        said += f" It is lowest after step {lowest}: {significant(run.losses[lowest], 6)}."
    return said


def axis_labels(losses: Sequence[float]) -> Sequence[str]:
    """Losses at the axis, as short as they can be: with the same decimals, or as powers of ten."""
    texts = formatted(list(losses), least=0).texts
    sizes = [abs(loss) for loss in losses if loss]
    if min(sizes) >= _SMALL and max(map(len, texts)) <= _ROOM:
        return texts
    return [_power(loss) if loss else "0" for loss in losses]


def _power(loss: float) -> str:
    """10⁻⁴, or 2.5×10⁻⁴; 1 and 10 as they are."""
    mantissa, _, exponent = f"{loss:.2e}".partition("e")
    short = mantissa.rstrip("0").rstrip(".")
    if exponent in ("+00", "+01"):
        return number_text(float(f"{short}e{exponent}")).replace("-", "−")
    return power_of_ten(f"{short}e{exponent}").removeprefix("1×")
