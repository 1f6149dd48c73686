"""Truth tables as whole numbers: every combination of up to 20 unknowns, decided at once.

Bit `m` of a table tells whether the condition holds in combination `m`, in which unknown `i` is
true exactly if bit `i` of `m` is set. So `&`, `|` and `^` decide a million combinations in
microseconds. A table of one bit decides a single combination in the same way.
"""

from collections.abc import Iterable


def every(unknowns: int) -> int:
    """Give the table that is true in every combination of so many unknowns."""
    return (1 << (1 << unknowns)) - 1


def unknown(i: int, unknowns: int) -> int:
    """Give the table of the unknown `i` itself."""
    half = 1 << i
    table = ((1 << half) - 1) << half
    width = 2 * half
    while width < 1 << unknowns:
        table |= table << width
        width *= 2
    return table


def weighing(weighted: Iterable[tuple[int, int]], least: int, full: int) -> int:
    """Give the table that is true where the weights of the true tables add up to `least`.

    `weighted` are tables with their weights, `full` is the table that is always true. The sums of
    all combinations are added at once, each binary digit being a table of its own.
    """
    digits: list[int] = []
    for table, weight in weighted:
        for place in range(weight.bit_length()):
            if weight >> place & 1:
                _add(digits, table, place)
    enough = full
    for place in range(max(len(digits), least.bit_length())):
        digit = digits[place] if place < len(digits) else 0
        enough = digit & enough if least >> place & 1 else digit | enough
    return enough


def _add(digits: list[int], carry: int, place: int) -> None:
    digits.extend([0] * (place + 1 - len(digits)))
    while carry:
        if place == len(digits):
            digits.append(0)
        digits[place], carry = digits[place] ^ carry, digits[place] & carry
        place += 1
