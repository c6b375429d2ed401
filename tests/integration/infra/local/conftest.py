"""Options of the tests of the embedded cloud, for runs of these alone."""


def pytest_addoption(parser):
    parser.addoption("--cuts", type=int, default=5, help="power cuts under a stream of writes")
