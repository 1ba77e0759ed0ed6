"""Notices are told once, as plain text of one line, whatever the file says that they are about."""

from tests.isaacgym.worlds import load, make_sim

LINK = '<robot name="{0}"><link name="a"/></robot>'
"""A link without a mass, of which users are told."""


def test_a_notice_is_told_once(tmp_path, caplog):
    sim = make_sim()
    for _ in range(2):
        load(sim, tmp_path, LINK.format("told once"))
    assert len([record for record in caplog.records if "told once" in record.getMessage()]) == 1


def test_a_robots_name_cannot_command_a_terminal_or_flood_it(tmp_path, caplog):
    load(make_sim(), tmp_path, LINK.format("&#x9b;2J&#10;error: all is well"))
    load(make_sim(), tmp_path, LINK.format("long " + "x" * 10**6))
    first, second = [record.getMessage() for record in caplog.records]
    assert first.startswith(r"\x9b2J\nerror: all is well: ")
    assert first.isprintable()
    assert len(second) < 1000
