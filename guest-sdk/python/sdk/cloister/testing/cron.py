"""Times by the clock, as tests have them: five fields, UTC."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
#: The least and the greatest of each field, and its names.
_FIELDS = [
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: place + 1 for place, name in enumerate(_MONTHS)}),
    (0, 7, {name: place for place, name in enumerate(_DAYS)}),
]
#: No cron names a minute that is further away, such as the 29th of February.
_FURTHEST = timedelta(days=366 * 8)


class Cron:
    """What a text of five fields names. A `ValueError` says what is wrong with one."""

    def __init__(self, text: str) -> None:
        fields = text.split()
        if len(fields) != len(_FIELDS):
            raise ValueError(f"`{text}` has not five fields")
        self._text = text
        sets = [_values(field, *known) for field, known in zip(fields, _FIELDS, strict=True)]
        self._minutes, self._hours, self._days, self._months, weekdays = sets
        self._weekdays = {day % 7 for day in weekdays}
        #: Where both are given, either will do.
        self._either = not fields[2].startswith("*") and not fields[4].startswith("*")

    def after(self, milliseconds: int) -> int:
        """The first minute after a time."""
        then = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
        then = then.replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = then + _FURTHEST
        while then < end:
            if not self._names_day(then):
                then = then.replace(hour=0, minute=0) + timedelta(days=1)
            elif then.hour not in self._hours:
                then = then.replace(minute=0) + timedelta(hours=1)
            elif then.minute not in self._minutes:
                then += timedelta(minutes=1)
            else:
                return int(then.timestamp() * 1000)
        raise ValueError(f"`{self._text}` names no minute")

    def _names_day(self, then: datetime) -> bool:
        if then.month not in self._months:
            return False
        day = then.day in self._days
        weekday = then.isoweekday() % 7 in self._weekdays
        return (day or weekday) if self._either else (day and weekday)


def _values(field: str, least: int, greatest: int, names: dict[str, int]) -> set[int]:
    def number(text: str) -> int:
        value = names.get(text.upper(), -1)
        if value < 0:
            value = int(text) if text.isdigit() else -1
        if not least <= value <= greatest:
            raise ValueError(f"`{field}` is no field of a cron")
        return value

    values: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if step and (not step.isdigit() or int(step) < 1):
            raise ValueError(f"`{field}` is no field of a cron")
        if span == "*":
            first, last = least, greatest
        else:
            first, dash, last_text = span.partition("-")
            first = number(first)
            last = number(last_text) if dash else (greatest if step else first)
        values.update(range(first, last + 1, int(step or 1)))
    return values
