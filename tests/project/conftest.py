"""The two files that compile everything come first: two workers (`./dev test`) then end together."""

FIRST = ("test_evaluation.py", "test_sources.py")


def pytest_collection_modifyitems(items):
    order = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(item.path.name, len(FIRST)))
