# SPDX-License-Identifier: BSD-2-Clause
"""Real phones under the default configuration: digest authentication, and a call."""
import pytest
import tandem
from baresip import Phone


@pytest.fixture
def exchange(start, folder):
    """etc/tandem.cfg with two users in a database of its own."""
    database = tandem.make_database(folder / "users.sqlite")
    server = start(tandem.ROOT / "etc/tandem.cfg", "-A", f'DBURL="sqlite://{database}"')
    for user in ("alice", "bob"):
        code, said = server.ctl("user", "add", user, f"secret-of-{user}")
        assert code == 0, said
    return server


def phone(folder, server, user, transport, **options):
    return Phone(folder, user, options.pop("password", f"secret-of-{user}"), server.port,
                 transport, **options)


@pytest.mark.parametrize("caller, called", [("udp", "udp"), ("tcp", "tcp"), ("udp", "tcp"),
                                            ("tcp", "udp")])
def test_two_phones_call_each_other(exchange, folder, caller, called):
    with phone(folder, exchange, "alice", caller) as alice, \
            phone(folder, exchange, "bob", called) as bob:
        assert alice.registration() and bob.registration()
        contacts = exchange.rpc("ul.dump")
        assert f"transport={called}" in str(contacts) or called == "udp"
        alice.command("dial", bob.uri)
        bob.expects("CALL_INCOMING")
        alice.expects("CALL_RINGING", "CALL_PROGRESS")
        bob.command("accept")
        alice.expects("CALL_ESTABLISHED")
        bob.expects("CALL_ESTABLISHED")
        alice.command("hangup")
        bob.expects("CALL_CLOSED")


def test_refuses_a_wrong_password(exchange, folder):
    with phone(folder, exchange, "alice", "udp", password="wrong") as alice:
        assert not alice.registration()
    assert "alice" not in str(exchange.rpc("ul.dump"))
