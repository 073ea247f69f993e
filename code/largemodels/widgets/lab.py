"""What every lab shares: its source joined into one module, checked settings, a stable text form.

A lab is one Python class and, beside it under the same stem, one ES module (``.js``) and optionally one
style sheet (``.css``). ``lab.js`` and ``lab.css`` hold what all labs use; :class:`Lab` joins them in front
of the lab's own, so that a browser sees a single module and no bundler is needed.
"""

import numbers
import re
import sys
from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent
_SHARED_IMPORT = re.compile(r'^import \{[^}]*\} from "\./lab\.js";\n', re.MULTILINE)


class Number(traitlets.TraitType):
    """A finite real number from ``minimum`` to ``maximum``, both included.

    ``traitlets.Float`` lets NaN and infinity through, and its error does not say which values are allowed.
    """

    def __init__(self, default_value, minimum, maximum, **kwargs):
        self.minimum, self.maximum = minimum, maximum
        super().__init__(default_value, **kwargs)

    def validate(self, obj, value):
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if is_number and self.minimum <= value <= self.maximum:  # NaN is not
            return self.convert(value)
        raise traitlets.TraitError(
            f"{_trait_path(obj, self)} must be {self.kind} from {self.minimum:g} to {self.maximum:g}; got {value!r}"
        )

    kind = "a finite number"
    convert = float


class WholeNumber(Number):
    """A whole number from ``minimum`` to ``maximum``, both included."""

    kind = "a whole number"

    def convert(self, value):
        if value != int(value):
            raise traitlets.TraitError(
                f"{_trait_path(self.this_class, self)} must be {self.kind} "
                f"from {self.minimum:g} to {self.maximum:g}; got {value!r}"
            )
        return int(value)


class Choice(traitlets.TraitType):
    """One of a few named values."""

    def __init__(self, default_value, choices, **kwargs):
        self.choices = tuple(choices)
        super().__init__(default_value, **kwargs)

    def validate(self, obj, value):
        if isinstance(value, str) and value in self.choices:
            return value
        raise traitlets.TraitError(f"{_trait_path(obj, self)} must be one of {', '.join(self.choices)}; got {value!r}")


class Numbers(traitlets.TraitType):
    """``size`` finite numbers, each from ``minimum`` to ``maximum``: a point, or the entries of a matrix row by row."""

    def __init__(self, default_value, size, minimum, maximum, **kwargs):
        self.size, self.minimum, self.maximum = size, minimum, maximum
        super().__init__(default_value, **kwargs)

    def validate(self, obj, value):
        try:
            entries = tuple(value)
            entry = Number(0.0, self.minimum, self.maximum)
            entry.name, entry.this_class = self.name, self.this_class
            if not isinstance(value, str) and len(entries) == self.size:
                return tuple(entry.validate(obj, number) for number in entries)
        except (TypeError, traitlets.TraitError):
            pass
        raise traitlets.TraitError(
            f"{_trait_path(obj, self)} must be {self.size} finite numbers from {self.minimum:g} to {self.maximum:g}; "
            f"got {value!r}"
        )


def _trait_path(owner, trait):
    owner_class = owner if isinstance(owner, type) else type(owner)
    return f"{owner_class.__name__}.{trait.name}"


def joined_source(stem, suffix):
    """Return the shared source and the lab's own as one text.

    Parameters
    ----------
    stem : str
        Name of the lab's files, such as ``"descent_lab"``.
    suffix : str
        ``".js"`` or ``".css"``.

    Raises
    ------
    FileNotFoundError
        If the lab has no module of that name. A lab without a style sheet of its own is fine.
    """
    shared = (_HERE / f"lab{suffix}").read_text(encoding="utf-8")
    own_path = _HERE / f"{stem}{suffix}"
    if suffix == ".css" and not own_path.exists():
        return shared
    own = own_path.read_text(encoding="utf-8")
    return shared + "\n" + _SHARED_IMPORT.sub("", own)


class Lab(anywidget.AnyWidget):
    """Base of all labs.

    A subclass in ``widgets/descent_lab.py`` gets its module from ``descent_lab.js``. Traits tagged
    ``setting=True`` are what the reader can change; they make up :meth:`settings`, the text form, and the
    lab's deep link.
    """

    language = Choice("en", ("en", "zh"), help="Language of every word in the lab.").tag(sync=True)
    initial = traitlets.Dict(help="Settings that the lab was made with: where its reset leads.").tag(sync=True)

    @traitlets.default("initial")
    def _settings_now(self):
        return self.settings()  # read first when the widget opens, just after its settings are set

    def __init_subclass__(cls, **kwargs):
        # traitlets makes a subclass of the lab for each of its objects, in which both are traits already.
        if "_esm" not in cls.__dict__:
            stem = Path(sys.modules[cls.__module__].__file__).stem
            cls._esm = joined_source(stem, ".js")
            cls._css = joined_source(stem, ".css")
        super().__init_subclass__(**kwargs)

    def settings(self):
        """Return what the reader can change, as ``{trait: value}`` in the order of definition."""
        # traitlets lists traits by the alphabet.
        defined = [name for cls in reversed(type(self).__mro__) for name in vars(cls)]
        return {name: getattr(self, name) for name in sorted(self.trait_names(setting=True), key=defined.index)}

    def __repr__(self):
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({settings})"
