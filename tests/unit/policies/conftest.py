from tests.unit.functions.conftest import dispatcher

__all__ = ["dispatcher"]
