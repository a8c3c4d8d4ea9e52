"""Everything Dateline raises on purpose.

    DatelineError            one line: what is wrong, with the value, and what to do about it
    ├── QuestionError        an empty or oversized question, a bad --as-of
    ├── PageError            a file that holds no article: unreadable, empty, binary, too large
    ├── CorpusError          a folder that is missing or holds no page
    ├── StoreError           the store cannot be used as it is
    │   ├── StoreLocked      another process is writing to it
    │   └── StoreMismatch    built with another embedder or schema: `dateline index --rebuild`
    ├── ModelError           weights that are missing, altered, or of another shape
    └── ServerError          a model server that is absent, refuses, breaks off, or lacks the model

The library raises these and prints nothing; the command line and the page turn them into one line.
"""


class DatelineError(Exception):
    """Base of all errors here. `str(error)` is one line, fit to show."""


class QuestionError(DatelineError):
    """The question, or an option that goes with it, cannot be answered as given."""


class PageError(DatelineError):
    """One file gave no article. Indexing goes on with the others."""


class CorpusError(DatelineError):
    """The folder of pages is missing or empty."""


class StoreError(DatelineError):
    """The store cannot be read or written."""


class StoreLocked(StoreError):  # noqa: N818
    """Another process is writing to the store."""


class StoreMismatch(StoreError):  # noqa: N818
    """The store was built with another embedder or another schema."""


class ModelError(DatelineError):
    """A model could not be loaded."""


class ServerError(DatelineError):
    """The model server did not do what it was asked."""
