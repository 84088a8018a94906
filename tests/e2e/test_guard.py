"""What the running service may still do. What can be asked of a process alone is asked in tests/unit/test_guard.c."""

from harness import wait_for, windows_path
from test_crash import STRIKE


def test_the_service_keeps_one_privilege(bridge):
    bridge.start()

    def held():
        done = bridge.wine.run(windows_path(STRIKE), "privileges", timeout=60)
        assert done.returncode == 0, done.stdout
        return done.stdout.split()

    # Given up as the last thing of the start: it may have been told that it runs a moment before.
    wait_for(lambda: held() == ["SeChangeNotifyPrivilege"], 20, f"the others are given up; it holds {held()}")
    run = bridge.terminals("--punches", 5)
    run.wait()
    bridge.assert_arrive(run.acknowledged())
