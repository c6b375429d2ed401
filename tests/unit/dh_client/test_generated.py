"""What the client knows of the API is what the API says of itself."""

from __future__ import annotations

import pytest

from dh_client import AsyncClient, Client
from dh_client.generated.creations import CREATIONS
from dh_core.specs.task_types import SPECS
from tools.pages import client_types


@pytest.mark.parametrize("path", client_types.render(), ids=lambda path: path.name)
def test_the_generated_files_are_up_to_date(path):
    assert path.read_text("utf-8") == client_types.render()[path], "run make docs"


def test_every_task_type_can_be_created_by_a_method_of_its_own():
    assert set(CREATIONS) == set(SPECS)
    methods = {f"create_{name}" for name in CREATIONS} - {"create_template_edit"}
    for kind in (Client, AsyncClient):
        assert methods | {"edit_template"} <= set(vars(kind))
