"""Orders of head office, through the installed service, against simulated terminals."""

from harness import wait_for
from pulled import Pulled, program


def test_each_order_is_carried_out_and_answered(bridge):
    pulled = Pulled(program(bridge), records=20, prefix="PUL")
    bridge.runs.append(pulled)
    config = bridge.config(pull={"every_min": 1440, "terminals": list(pulled.entries())})
    config["database"]["orders"] = True
    bridge.write_config(config)
    bridge.start()
    run = bridge.terminals("--punches", 50, "--batch", 10, "--poll=0.5", "--seconds", 240)
    wait_for(lambda: len(run.acknowledged()) == 50, 30, "the punches are acknowledged")

    def ask(sql, values=()):
        with bridge.database.connect() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    bridge.assert_arrive(set(run.acknowledged()) | pulled.punches())
    name, = {row[0] for row in ask("SELECT bridge FROM device_logs")}  # bridge_status knows those of tests before
    bridge.stop()
    orders = [("SIM0001", "info", ""), ("SIM0001", "set-clock", ""), ("SIM0001", "resend", "2026-01-15..2026-01-15"),
              ("", "sync-now", ""), ("", "pull-now", ""), ("", "requeue", "2026-01-01..2026-12-31"), ("SIM0001", "reboot", "")]
    for sn, order, argument in orders:
        ask("INSERT INTO bridge_orders (bridge, device_sn, order_name, argument) VALUES (%s, %s, %s, %s)", (name, sn, order, argument))
    ask("INSERT INTO bridge_orders (bridge, order_name) VALUES ('00112233445566aa', 'sync-now')")
    ask("DELETE FROM device_logs")
    bridge.start()

    def answers():
        rows = ask("SELECT order_name, result FROM bridge_orders WHERE bridge = %s AND done_at IS NOT NULL AND taken_at IS NOT NULL", (name,))
        return dict(rows) if len(rows) == len(orders) else None

    results = wait_for(answers, 120, lambda: f"all are answered: {ask('SELECT * FROM bridge_orders')}")
    assert {order: words.partition(":")[0] for order, words in results.items()} == {
        "info": "done", "set-clock": "done", "resend": "done", "sync-now": "done", "pull-now": "done", "requeue": "done",
        "reboot": "refused"}, results
    assert "70 punches go up again" in results["requeue"] and "1 of 1 terminals" in results["pull-now"], results
    bridge.assert_arrive(set(run.acknowledged()) | pulled.punches())
    summary = run.interrupt()
    assert summary["commands"] == 3 and summary["resent"] == 50, summary
    assert len(bridge.events(412)) == len(orders)
    assert ask("SELECT COUNT(*) FROM bridge_orders WHERE taken_at IS NULL") == ((1,),), "another bridge's is left alone"
    pulled.end()
