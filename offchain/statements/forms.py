"""The forms in which a statement is written."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from offchain.statements.document import as_csv, as_json
from offchain.statements.page import render
from offchain.statements.statement import Statement


class Form(StrEnum):
    """How a statement is written, and the suffix of its file."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"


WRITERS: Mapping[Form, Callable[[Statement], str]] = {Form.HTML: render, Form.JSON: as_json, Form.CSV: as_csv}
