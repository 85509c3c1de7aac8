"""抹零: the counter rounds down to a whole unit, to the buyer's favour."""


def rounded_off(amount: int, unit: int) -> int:
    """What is left off `amount` (分) to make it a multiple of `unit` 分 (1: nothing)."""
    return amount % unit if unit > 1 and amount > 0 else 0
