from tests.unit.functions.dispatch.conftest import dispatcher

__all__ = ["dispatcher"]
