"""What differs between two posologies of one substance: dose, rhythm, duration, form, way in.

Only what both say can differ. What one of them leaves open is `unsaid`: a question to ask, not a change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.insights.dosing import Dosing, understand
from app.insights.dosing.amounts import ONE, Amount, Quantity
from app.insights.dosing.rhythms import Rhythm
from app.insights.evidence import plain
from app.insights.models import Drug


class Aspect(StrEnum):
    """What of a posology may change; the values are shown to readers."""

    DOSE = "dose"
    RHYTHM = "rythme"
    DURATION = "durée"
    FORM = "forme"
    ROUTE = "voie"


@dataclass(frozen=True)
class Change:
    """One aspect, in the words of both sides; `factor` says by how much a dose is multiplied."""

    aspect: Aspect
    before: str
    after: str
    factor: Fraction | None = None


# Sold as nothing else, or nearly: "Josir" and "Tamsulosine LP" do not differ by their release.
_ALWAYS_PROLONGED = frozenset(
    {
        *("tamsulosine", "gliclazide", "venlafaxine", "felodipine", "potassium", "chlorure de potassium"),
        *("skenan", "moscontin", "oxycontin", "monicor", "xatral", "concerta", "chronadalate", "kaleorid"),
        *(
            "circadin",
            "xeroquel",
            "diffu-k",
            "fludex",
            "trimetazidine",
            "mirabegron",
            "fampridine",
            "paliperidone",
            "topalgic",
        ),
    }
)
# Drops may be for the eye or for the mouth.
_COMPATIBLE = ({"gouttes", "collyre"}, {"gouttes", "solution buvable"})
# How a bare number ("Levothyrox 75") may have been meant: milligrams, micrograms, grams, or either an hour.
_MASS_SCALES = (1000, 1, 10**6, 24, 24_000)
_NIGHT = {"coucher": "soir"}


def changes(before: Drug, after: Drug) -> tuple[Change, ...]:
    """Return what differs from `before` to `after`, both naming the same substance."""
    old, new = understand(before), understand(after)
    return tuple(
        change
        for found in (
            _dose(before, after, old, new),
            _rhythm(before, after, old.rhythm, new.rhythm),
            _duration(old.rhythm, new.rhythm),
            _form(before, after, old, new),
            _route(old, new),
        )
        for change in found
    )


def unsaid(before: Drug, after: Drug) -> tuple[Aspect, ...]:
    """Return the aspects that only one side tells."""
    old, new = understand(before), understand(after)
    told = ((bool(before.dose), bool(after.dose)), (old.rhythm.is_told, new.rhythm.is_told))
    return tuple(
        a for a, (left, right) in zip((Aspect.DOSE, Aspect.RHYTHM), told, strict=True) if left != right
    )


def _dose(before: Drug, after: Drug, old: Dosing, new: Dosing) -> Iterator[Change]:
    factor = _factor(old, new)
    if factor == 1:
        return
    left, right = (before.dose, after.dose)
    if left is None or right is None or plain(left) == plain(right):
        # The strength is the same: the number of units is what differs, and the frequency holds it.
        left, right = (_words(drug.dose, drug.frequency) for drug in (before, after))
    yield Change(Aspect.DOSE, left, right, factor or None)


def _words(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _factor(old: Dosing, new: Dosing) -> Fraction:
    """Return by how much one intake, or else one day, is multiplied; 1: equal or not told, 0: unclear."""
    strength = _strength_factor(old.strength, new.strength)
    if strength == 0 or _is_another_plan(old.rhythm, new.rhythm):
        return strength
    by_day = bool(old.rhythm.units) != bool(new.rhythm.units)
    both_strengths = bool(old.strength and new.strength)
    left, right = (_per_day(side) if by_day else _per_intake(side, both_strengths) for side in (old, new))
    if left is None or right is None or left[0] == 0 or left[1] == 0:
        return strength
    low, high = right[0] / left[0], right[1] / left[1]
    return low * strength if low == high else Fraction(0)


def _is_another_plan(old: Rhythm, new: Rhythm) -> bool:
    """Return whether unequal intakes moved in the day: 1-1-2 and 1-0-2 differ in rhythm, not in dose."""
    unequal = any(len({amount for _, amount in side.moments}) > 1 for side in (old, new))
    return unequal and bool(old.moments and new.moments) and _clock(old) != _clock(new)


def _strength_factor(old: Amount | None, new: Amount | None) -> Fraction:
    if old is None or new is None or "volume" in (old.dimension, new.dimension):
        # "Lovenox 0,4 mL" and "4000 UI" may be one dose: only the leaflet knows.
        return Fraction(1)
    pairs = list(zip(old.numbers, new.numbers, strict=False))
    if old.dimension != new.dimension and None not in (old.dimension, new.dimension):
        return Fraction(0)
    if old.dimension != new.dimension:
        return min((_ratios(pairs, *_scales(old, new, scale)) for scale in _MASS_SCALES), key=_distance)
    return _ratios(pairs, 1, 1)


def _scales(old: Amount, new: Amount, scale: int) -> tuple[int, int]:
    """A bare number beside a mass is scaled; beside "UI" it counts units."""
    if (old.dimension or new.dimension) != "mass":
        return 1, 1
    return (scale, 1) if old.dimension is None else (1, scale)


def _ratios(pairs: list[tuple[Fraction, Fraction]], left: int, right: int) -> Fraction:
    """Return the one ratio of all `pairs`, or 0 when the substances of a combination changed unequally."""
    ratios = {b * right / (a * left) for a, b in pairs if a}
    return ratios.pop() if len(ratios) == 1 else Fraction(0)


def _distance(factor: Fraction) -> Fraction:
    return max(factor, 1 / factor) if factor else Fraction(10**9)


def _per_intake(side: Dosing, both_strengths: bool) -> Quantity | None:
    """Return the units of one intake; "20 mg" is one unit of 20 mg when both sides tell a strength."""
    if side.rhythm.units:
        return side.rhythm.units
    if len({amount for _, amount in side.rhythm.moments}) > 1:
        amounts = [amount for _, amount in side.rhythm.moments]
        return sum((a for a, _ in amounts), Fraction(0)), sum((b for _, b in amounts), Fraction(0))
    return side.quantity or (ONE if both_strengths else None)


def _per_day(side: Dosing) -> Quantity | None:
    rhythm, quantity = side.rhythm, side.quantity or ONE
    if rhythm.units:
        total = rhythm.units
    elif rhythm.moments:
        total = (
            sum((low for _, (low, _) in rhythm.moments), Fraction(0)),
            sum((high for _, (_, high) in rhythm.moments), Fraction(0)),
        )
    elif rhythm.times:
        total = (quantity[0] * rhythm.times, quantity[1] * rhythm.times)
    else:
        return None
    return total[0] / rhythm.days, total[1] / rhythm.days


def _rhythm(before: Drug, after: Drug, old: Rhythm, new: Rhythm) -> Iterator[Change]:
    if _same_rhythm(old, new):
        return
    yield Change(Aspect.RHYTHM, before.frequency or "", after.frequency or "")


def _same_rhythm(old: Rhythm, new: Rhythm) -> bool:
    told = (old.is_told or old.as_needed, new.is_told or new.as_needed)
    if not all(told):
        return True
    if old.as_needed != new.as_needed:
        return False
    if old.phases or new.phases:
        return old.phases == new.phases
    if old.weekdays and new.weekdays:
        return old.weekdays == new.weekdays
    if old.moments and new.moments:
        return old.days == new.days and _clock(old) == _clock(new)
    rates = _rate(old), _rate(new)
    return None in rates or rates[0] == rates[1]


def _clock(rhythm: Rhythm) -> list[str]:
    """Return the moments; bedtime and evening are one unless both are named."""
    moments = [moment for moment, _ in rhythm.moments]
    return sorted(moments if "soir" in moments else [_NIGHT.get(moment, moment) for moment in moments])


def _rate(rhythm: Rhythm) -> Fraction | None:
    """Return intakes per day; a daily limit stands for them when taken only if needed."""
    if rhythm.units:
        return None
    if rhythm.weekdays and rhythm.days == 1:
        return Fraction(len(rhythm.weekdays) * max(1, len(rhythm.moments)), 7)
    if rhythm.moments:
        return len(rhythm.moments) / rhythm.days
    times = (rhythm.most if rhythm.as_needed else None) or rhythm.times
    return times / rhythm.days if times else None


def _duration(old: Rhythm, new: Rhythm) -> Iterator[Change]:
    left, right = old.lasting_days, new.lasting_days
    if left and right and left != right:
        yield Change(Aspect.DURATION, f"{left} jours", f"{right} jours", right / left)


def _form(before: Drug, after: Drug, old: Dosing, new: Dosing) -> Iterator[Change]:
    if old.form and new.form and old.form != new.form and {old.form, new.form} not in _COMPATIBLE:
        yield Change(Aspect.FORM, old.form, new.form)
    elif old.prolonged != new.prolonged and not _is_always_prolonged(before if new.prolonged else after):
        names = ["LP" if side.prolonged else "sans LP" for side in (old, new)]
        yield Change(Aspect.FORM, names[0], names[1])


def _is_always_prolonged(drug: Drug) -> bool:
    """Return whether a medicine written without "LP" is released slowly all the same."""
    return bool({plain(drug.dci or ""), plain(drug.name)} & _ALWAYS_PROLONGED)


def _route(old: Dosing, new: Dosing) -> Iterator[Change]:
    if old.route and new.route and old.route != new.route:
        yield Change(Aspect.ROUTE, old.route, new.route)
