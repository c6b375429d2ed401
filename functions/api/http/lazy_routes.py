"""Lazy routes: built by the first request that they serve.

FastAPI builds a route where it is declared: the signatures of its function and of all its
dependencies, and a validator for each parameter and answer. A first request needs one route.

Least processor time of nine imports, in one run with FastAPI 0.165: these routes 598 ms, FastAPI's
own 677 ms, and a bare FastAPI function with boto3 687 ms. SnapStart would take all of it away, but
it cannot be measured without an account. `python -m bench.api` measures this again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import compile_path

_OF_THE_PATH: Final = ("path_regex", "path_format", "param_convertors")


class LazyRoute(APIRoute):
    """An `APIRoute` as it was declared, until somebody asks for more than where it lies.

    That is the first request which it serves, or the writing of the OpenAPI document; both happen
    in the thread of the event loop, so nothing can come between.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.path = path
        self.endpoint = endpoint
        self.methods = {method.upper() for method in options["methods"]}
        self._options = options
        self._is_built = False

    def __getattr__(self, name: str) -> Any:
        """Only what the instance lacks comes here: first what tells whether a request matches."""
        if self.__dict__.get("_is_built", True):
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        if name in _OF_THE_PATH:
            self.path_regex, self.path_format, self.param_convertors = compile_path(self.path)
            return self.__dict__[name]
        self._is_built = True
        # Of a body whose model is made as late as its route: see `late_annotations`.
        annotations = getattr(self.endpoint, "late_annotations", dict)
        self.endpoint.__annotations__ |= annotations()
        super().__init__(self.path, self.endpoint, **self._options)
        return getattr(self, name)

    @cached_property
    def query_names(self) -> tuple[str, ...]:
        """The query parameters that its function takes, as a client writes them."""
        return tuple(field.alias for field in self.dependant.query_params)

    def included(
        self,
        app: FastAPI,
        prefix: str,
        *,
        responses: Mapping[int | str, dict[str, Any]],
        dependencies: Sequence[Depends],
        in_schema: bool,
    ) -> LazyRoute:
        """This route at another place, with what `include_router` would add to it."""
        declared = self._options
        return LazyRoute(
            prefix + self.path,
            self.endpoint,
            **{
                **declared,
                "responses": {**responses, **declared["responses"]},
                "dependencies": [*dependencies, *declared["dependencies"]],
                "include_in_schema": in_schema and declared["include_in_schema"],
                "dependency_overrides_provider": app,
                # Generated clients name their methods by it; FastAPI's own has the path in it.
                "operation_id": self.endpoint.__name__,
            },
        )


class LazyRouter(APIRouter):
    """An `APIRouter` of lazy routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=LazyRoute, **options)

    def include_in(
        self,
        app: FastAPI,
        *,
        prefix: str = "",
        responses: Mapping[int | str, dict[str, Any]] | None = None,
        dependencies: Sequence[Depends] = (),
        in_schema: bool = True,
    ) -> None:
        """As `app.include_router`, which would ask every route for more than it has."""
        for route in self.routes:
            assert isinstance(route, LazyRoute)
            app.router.routes.append(
                route.included(
                    app,
                    prefix,
                    responses=responses or {},
                    dependencies=dependencies,
                    in_schema=in_schema,
                )
            )
