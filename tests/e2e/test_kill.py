"""Twenty random deaths; `./dev soak` has a thousand."""

from cycles import Cycles, seed_of_this_run

CYCLES = 20


def test_what_was_acknowledged_outlives_random_deaths(installed, request):
    request.node.bridge = installed
    seed = seed_of_this_run()
    print(f"seed {seed}")
    with Cycles(installed, seed) as cycles:
        for _ in range(CYCLES):
            print(cycles.one())
        cycles.check()
